module slipway/load

go 1.21
