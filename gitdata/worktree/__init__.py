"""The files a person works on: scanned, recorded (snapshot) and written (materialise)."""
