package settlement

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// read returns all that Read yields for a report.
func read(report string, opts Options) (rows []Row, errs []error) {
	for row, err := range Read(strings.NewReader(report), opts) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rows = append(rows, row)
	}
	return rows, errs
}

func zone(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// smallHeader is a header with the columns that most tests need.
const smallHeader = "Settlement Date,Order Date and Time,Afterpay Order ID,Settlement Amount,Net Settlement Amount,Type\n"

// smallReport makes a report of rows with a date, the time of the order and an
// id.
func smallReport(rows ...[3]string) string {
	var b strings.Builder
	b.WriteString(smallHeader)
	for _, row := range rows {
		fmt.Fprintf(&b, "%s,%s,%s,$10.00,$9.50,Order\n", row[0], row[1], row[2])
	}
	return b.String()
}

var audOptions = Options{Currency: afterpay.CurrencyAUD}
