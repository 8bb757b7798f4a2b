"""The part What if of the page Clinic: what a change would have done to the last weeks."""
