"""What is said to a model: versioned templates in two languages, and outside text as data only."""
