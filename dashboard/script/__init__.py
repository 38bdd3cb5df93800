"""What Streamlit is pointed at; no folder `pages` may lie here."""
