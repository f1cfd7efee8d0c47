"""Who can do what: the plugin contract, and the admitted bundles behind host-made proxies."""
