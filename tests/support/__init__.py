"""What the tests are made with: doubles, drivers, pictures, places, and the claims that many of them make alike."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
