"""Start the voice demo: `python demo/app.py [OPTIONS]`, the same as `smf-tts demo [OPTIONS]`."""

import sys

from smf_tts.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "demo")
    main()
