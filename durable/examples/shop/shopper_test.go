//go:build browser

package main

import (
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestProduct_InstalmentsAreShownOnlyForAllowedAmounts(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		for product, shown := range map[string]int{"mug": 1, "jumper": 1, "sofa": 0, "card": 0} {
			s.browser.open("/products/" + product)
			require.Equal(t, shown, s.count(".instalments"), product)
		}
		s.browser.open("/products/jumper")
		require.Contains(t, s.text(".instalments"), "4 payments of $22.49, $22.49, $22.49 and $22.48", "they add up to 89.95")
	})
}

func TestCheckout_ErrorsStandAtTheirFields(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.fillCheckout("mug")
		s.fill(`input[name="shipping.line1"]`, " ")
		s.fill(`input[name="shipping.postcode"]`, " ")
		s.press("Continue to Afterpay")
		s.sees("Please check the marked fields.")
		require.Contains(t, s.text(`[id="shipping.line1-error"]`), "Street and number")
		require.Contains(t, s.text(`[id="shipping.postcode-error"]`), "ZIP code")
		require.Equal(t, 2, s.count("[aria-invalid]"))
		require.Equal(t, "Bend", read(s.browser, chromedp.Value(chromedp.CSS(`input[name="shipping.area1"]`))), "what was right is kept")

		s.fill(`input[name="shipping.line1"]`, "1 Elm Street")
		s.fill(`input[name="shipping.postcode"]`, "97701")
		s.press("Continue to Afterpay")
		s.text("button[value=approve]")
	})
}

func TestPayment_ApprovedOnceHoweverOftenThePageIsOpened(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		o := s.buy("jumper")
		run(s.browser, chromedp.Reload())
		s.sees("Thank you. It is paid.")
		second := s.tab()
		second.open("/return?status=SUCCESS&orderToken=" + url.QueryEscape(o.Token))
		second.sees("Thank you. It is paid.")
		s.back()
		s.sees("has been paid already")
		require.Equal(t, s.taken(89_95), s.movements())
		second.open("/cart")
		second.sees("The cart is empty")
	})
}

func TestPayment_DeclinedOffersAnotherWay(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.toAfterpay("mug")
		s.click("button[value=decline]")
		s.sees("Afterpay declined the payment")
		s.press("Pay by invoice")
		s.sees("You pay by invoice.")
		require.Equal(t, invoiced, s.newest().State)
		require.Zero(t, s.movements()["captured"])
	})
}

func TestPayment_CancelledCanBeTriedAgain(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		first := s.toAfterpay("mug")
		s.click("button[value=cancel]")
		s.sees("You have not confirmed the payment")
		s.press("Try Afterpay again")
		s.sees("Your order")
		s.fillAddress()
		s.press("Continue to Afterpay")
		s.click("button[value=approve]")
		s.sees("Thank you. It is paid.")
		require.NotEqual(t, first.ID, s.newest().ID)
		require.Equal(t, s.taken(24_00), s.movements())
	})
}

func TestPayment_ExpiredCheckoutChargesNothing(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		o := s.toAfterpay("mug")
		require.NoError(t, s.afterpay.sandbox.Approve(o.Token))
		back, err := s.afterpay.sandbox.RedirectURL(o.Token)
		require.NoError(t, err)
		s.tab().letFourHoursPass()
		s.visit(back)
		s.sees("The checkout has expired")
		require.Empty(t, s.movements())
	})
}

func (b *browser) letFourHoursPass() {
	b.t.Helper()
	b.open("/faults")
	b.press("Let four hours pass")
	b.sees("Four hours have passed")
}

func TestCheckout_DoubleClickPlacesOneOrder(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.fillCheckout("mug")
		s.doubleClick("main form button.main")
		s.click("button[value=approve]")
		s.sees("Thank you. It is paid.")
		all, err := s.orders.all(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, s.taken(24_00), s.movements())
	})
}

func TestCheckout_BackButtonLeavesOneOrderToPay(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		first := s.toAfterpay("mug")
		s.back()
		s.press("Continue to Afterpay")
		s.click("button[value=approve]")
		s.sees("Thank you. It is paid.")
		require.NoError(t, s.afterpay.sandbox.Approve(first.Token)) // the first checkout, in some other tab
		s.browser.open("/return?status=SUCCESS&orderToken=" + url.QueryEscape(first.Token))
		s.sees("You have placed a newer order")
		require.Equal(t, s.taken(24_00), s.movements())
	})
}

func TestCheckout_OfTwoTabsTheNewerIsPaid(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.toAfterpay("mug")
		second := &testShop{shop: s.shop, browser: s.tab()}
		second.toAfterpay("jumper") // the cart now has both
		s.click("button[value=approve]")
		s.sees("You have placed a newer order")
		require.Empty(t, s.movements())
		second.click("button[value=approve]")
		second.sees("Thank you. It is paid.")
		require.Equal(t, s.taken(113_95), s.movements())
	})
}

func TestPayment_LostResponseIsFoundAtOnce(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.toAfterpay("mug")
		s.afterpay.set("lose")
		s.click("button[value=approve]")
		s.sees("Thank you. It is paid.")
		require.Equal(t, s.taken(24_00), s.movements())
	})
}

func TestPayment_UnknownOutcomeIsFollowedUntilItIsKnown(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.patience = time.Second
		s.toAfterpay("mug")
		s.afterpay.set("lose-and-down")
		s.click("button[value=approve]")
		s.sees("We are confirming your payment")
		require.Equal(t, "down", s.afterpay.current())
		require.Equal(t, s.taken(24_00), s.movements(), "the money moved, and the shop does not know")
		s.afterpay.set("")
		s.sees("Thank you. It is paid.") // without a click
		require.Contains(t, read(s.browser, chromedp.Title()), "Thank you. It is paid.", "what a screen reader says after the page has loaded itself")
		require.Equal(t, s.taken(24_00), s.movements())
	})
}

func TestPayment_SlowAfterpayIsLeftToTheJob(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.patience, s.afterpay.delay = time.Second, time.Hour
		s.toAfterpay("mug")
		s.afterpay.set("slow")
		s.click("button[value=approve]")
		s.sees("We are confirming your payment")
		require.Empty(t, s.movements())
		s.afterpay.set("")
		s.sees("Thank you. It is paid.")
		require.Equal(t, s.taken(24_00), s.movements())
	})
}

func TestFaults_DeclineAndDown(t *testing.T) {
	inBoth(t, func(t *testing.T, s *testShop) {
		s.browser.open("/faults")
		s.click("input[value=down]")
		s.press("Set")
		s.text(".fault")
		s.browser.open("/products/mug")
		require.Zero(t, s.count(".instalments"), "Afterpay cannot be asked")

		s.afterpay.set("")
		s.fillCheckout("mug")
		s.afterpay.set("down")
		s.press("Continue to Afterpay")
		s.sees("Afterpay does not respond. Nothing was charged.")
		s.afterpay.set("decline")
		s.press("Continue to Afterpay")
		s.click("button[value=approve]")
		s.sees("Afterpay declined the payment")
		require.Zero(t, s.movements()["captured"])
	})
}

func TestReturn_ForgedOrIncompleteAddress(t *testing.T) {
	t.Parallel()
	s := newTestShop(t, afterpay.V2)
	s.browser.open("/return?status=SUCCESS")
	s.sees("That did not work")
	s.browser.open("/return?status=SUCCESS&orderToken=unknown")
	s.sees("Page not found")
	o := s.toAfterpay("mug")
	s.browser.open("/return?status=SUCCESS&orderToken=" + url.QueryEscape(o.Token))
	s.sees("You have not confirmed the payment")
	require.Empty(t, s.movements())
}
