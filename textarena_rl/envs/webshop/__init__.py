"""WebShop: buy what an instruction asks for, in a shop made of text pages."""
