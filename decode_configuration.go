package afterpay

func decodeConfiguration(d *decoder, c *Configuration) {
	for name := range d.Members() {
		switch string(name) {
		case "minimumAmount":
			c.MinimumAmount = d.money()
		case "maximumAmount":
			c.MaximumAmount = d.money()
		case "paymentTypes":
			c.PaymentTypes = list(d, decodePaymentType)
		case "publicId":
			c.PublicID = d.String()
		case "consumerLending":
			for name := range d.Members() {
				if string(name) == "enabled" {
					c.ConsumerLending.Enabled = d.Bool()
				}
				decodeLimit(d, string(name), &c.ConsumerLending.Limits)
			}
		case "payByInstallment":
			decodeLimits(d, &c.PayByInstallment)
		case "CBT", "cbt":
			decodeCBT(d, &c.CBT)
		case "activeCountries":
			c.ActiveCountries = d.strings()
		case "merchantCountry":
			c.MerchantCountry = d.String()
		case "channels":
			c.Channels = list(d, decodeChannel)
		}
	}
}

func decodePaymentType(d *decoder, p *PaymentType) {
	for name := range d.Members() {
		switch string(name) {
		case "type":
			p.Type = d.String()
		case "description":
			p.Description = d.String()
		default:
			decodeLimit(d, string(name), &p.Limits)
		}
	}
}

func decodeLimits(d *decoder, l *Limits) {
	for name := range d.Members() {
		decodeLimit(d, string(name), l)
	}
}

func decodeLimit(d *decoder, name string, l *Limits) {
	switch name {
	case "minimumAmount":
		l.MinimumAmount = d.money()
	case "maximumAmount":
		l.MaximumAmount = d.money()
	}
}

func decodeCBT(d *decoder, c *CBT) {
	for name := range d.Members() {
		switch string(name) {
		case "enabled":
			c.Enabled = d.Bool()
		case "countries":
			c.Countries = d.strings()
		case "limits":
			for name := range d.Members() {
				if c.Limits == nil {
					c.Limits = make(map[Currency]Limits)
				}
				currency := Currency(name)
				var l Limits
				decodeLimits(d, &l)
				c.Limits[currency] = l
			}
		}
	}
}

func decodeChannel(d *decoder, c *Channel) {
	for name := range d.Members() {
		switch string(name) {
		case "name":
			c.Name = d.String()
		case "enabled":
			c.Enabled = d.Bool()
		case "integrationCompleted":
			c.IntegrationCompleted = d.Bool()
		case "enabledForOrders":
			c.EnabledForOrders = d.Bool()
		}
	}
}
