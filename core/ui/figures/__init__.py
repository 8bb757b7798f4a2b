"""The clinic's figures on the page: six charts, each under the sentence that it shows, and what stands behind them."""
