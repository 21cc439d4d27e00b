"""Pure functions on tensors: masks and layouts, credit, losses, health. They import torch and the shared types only."""
