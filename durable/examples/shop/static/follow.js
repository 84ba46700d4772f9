// follow.js reloads the order page once the outcome of the payment is known.
"use strict";
const state = document.getElementById("state").dataset.state;
const follow = setInterval(async () => {
	try {
		const response = await fetch(location.pathname + "/state", {cache: "no-store"});
		if (response.ok && await response.text() !== state) {
			clearInterval(follow);
			location.reload();
		}
	} catch {
		// the shop does not respond; the next look may tell
	}
}, 1000);
