"""PyTorch's models, layers and losses as components. They own no state: parameters come
with every call, and whatever is kept between calls can be computed again."""
