"""The ways a message leaves. A channel takes a finished letter and says what became of it, or that it cannot."""
