"""The two providers' wire formats and a stand-in model behind them, for the local server."""
