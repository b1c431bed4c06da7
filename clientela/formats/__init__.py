"""How a country writes dates and figures where Django's own locale differs, one package a locale."""
