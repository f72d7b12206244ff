"""The tests of Muster: rooms as in src/muster, and what is proven over HTTP beside them."""
