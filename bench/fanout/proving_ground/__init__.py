"""The proving ground: real programs on shaped links between network namespaces, raced against each other."""
