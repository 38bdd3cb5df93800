"""The weekly review as HTML, Markdown, Slack text and JSON. Pure: imports no Streamlit and draws without a browser."""
