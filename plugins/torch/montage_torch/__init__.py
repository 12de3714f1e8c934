"""PyTorch's models, layers and losses as components. Nothing is owned here: numbers
come with every call, and what is kept between calls can be made again."""
