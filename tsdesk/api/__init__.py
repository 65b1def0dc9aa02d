"""What every resource of the API shares: pages, problem documents, parsing, throttling."""
