"""The client generator: plans a package from a contract and renders its source."""
