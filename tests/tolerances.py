"""How close two numbers must be, by what separates them."""

EXACT = 1e-12
"""The same formula in double precision, a handful of operations."""
DOUBLE = 1e-9
"""Double precision, sums over whole batches in another order."""
SINGLE = 1e-5
"""Single precision on one side (TRL counts in it), or a constant of 1e-6 and less that one side leaves out."""
SAMPLER_DRIFT = {"float32": (2e-5, 5e-4), "bfloat16": (0.05, 1.0)}
"""Mean and largest difference of a token's log-prob between engine and trainer, in nats: single precision sums in
another order over 30 layers; bfloat16, on either side, keeps 8 bits of each number."""
