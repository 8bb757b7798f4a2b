"""The clinic's figures: each defined once, and put together for the page that shows them."""
