"""The spine: cases and the incidents behind them, their queue, clocks, contacts, notes, tasks, evidence and links."""
