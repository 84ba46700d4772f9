// afterpay.js of a sandbox: what is documented of Afterpay's own.
(function () {
	"use strict";
	var origin = new URL(document.currentScript.src).origin;
	var countries = {AU: "au", NZ: "nz", US: "us", CA: "ca", GB: "uk"};
	var country = "";

	// address returns the address of the hosted checkout of a token.
	function address(method, options) {
		if (!country) {
			throw new Error("AfterPay." + method + ": call AfterPay.initialize first");
		}
		if (!options || typeof options.token !== "string" || options.token === "") {
			throw new Error("AfterPay." + method + ": the token is missing");
		}
		return origin + "/" + country + "/checkout/?token=" + encodeURIComponent(options.token);
	}

	window.AfterPay = {
		initialize: function (options) {
			country = countries[options && options.countryCode];
			if (!country) {
				throw new Error("AfterPay.initialize: countryCode must be AU, NZ, US, CA or GB");
			}
		},
		redirect: function (options) {
			window.location.assign(address("redirect", options));
		},
		display: function (options) {
			var frame = document.createElement("iframe");
			frame.src = address("display", options);
			frame.title = "Checkout";
			frame.style.cssText = "position:fixed;inset:0;width:100%;height:100%;border:0;background:rgba(0,0,0,.6)";
			document.body.appendChild(frame);
		}
	};
})();
