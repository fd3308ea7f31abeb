"""What the end-to-end and interop tests share: the real programs, hosts of their own address, real content."""
