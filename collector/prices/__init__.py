"""The price book: rows from the library, the overlay and the user; names resolved; the past repriced."""
