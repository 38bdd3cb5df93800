"""What pages are put together from: cards, filters, links, states."""
