"""The adapter by which the embedded model judges: made from public questions, and measured on others."""
