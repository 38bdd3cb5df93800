"""The Streamlit app: entry, pages, charts, formatting."""
