"""What pages share: sign-in, menu, errors, widgets. With pages and Home the only code that imports streamlit."""
