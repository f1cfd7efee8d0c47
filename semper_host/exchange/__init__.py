"""The exchange and transfer layer: items change hands, both or neither. Pure step functions (DESIGN §6)."""
