"""What a message says and who really sent it: pure functions over bytes and text, that raise on no message."""
