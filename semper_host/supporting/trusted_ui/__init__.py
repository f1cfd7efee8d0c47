"""The trusted user interface: typed screens, templates owned by the kernel, drivers that show plain lines.

Bundles and web pages ask; they never draw (DESIGN §10).
"""
