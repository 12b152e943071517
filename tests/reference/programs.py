"""Writes programs of text opcodes that an unpickler of this Python follows as far as a look-up of `os.system`: one a line,
in hexadecimal digits. Nothing is looked up, so nothing is called.

    python programs.py FILE

A scanner that knows what loaders take misses none of them. The same programs on every run of one Python.
"""

import io
import pickle
import random
import sys

COUNT = 1500
ENDS = [
    b"cos\nsystem\n(S'echo weighbridge-demo'\ntR.",
    b"(S'echo weighbridge-demo'\nios\nsystem\n.",
    b"(S'echo weighbridge-demo'\nios\nsystem\n",
    b"(cos\nsystem\nS'echo weighbridge-demo'\no.",
    b"cposix\nsystem\n)R.",
]
NUMBERS = (
    "0 1 5 +5 -1 00 01 010 0o17 0b1 0B_1 0x10 0x_f -0x5 1_0 0_0 1e3 1.5 .5 1. inf -nan 1e1_0 1L 0L 1_0L 0b1L -0 "
    "99999999999999999999 08 1__0 x"
).split() + [" 3", "7 ", "\t2", "5\0anything", "\0", "\v5", "5\f", "5\r", " 0x5"]
PLACES = ["0", "1", "2", "+1", " 1", "1 ", "01", "1_0", "1\0x", "-0", "9" * 25, "-1", "0x1"]
TEXTS = ["'a'", '"a"', "''", "'os'", "'a\\x41'", "'a' ", "'it's'", "a", "'os'\r"]
WORDS = ["a", "\\u0041", "", "\xe9", "os", "\\x"]
STATES = ["N", "I0\n", "I1\n", "S''\n", "V\n", "(t", "(l", "(d", "(NNt", "(N(dt", "((d(dt", "I00\n", ")", "}", "]"]
CLASSES = ["cbuiltins\nlist\n", "cbuiltins\nobject\n", "(ibuiltins\nlist\n", "cos\nsep\n", "ccollections\nOrderedDict\n"]
SINGLE = "()]}N012aseutldboR."


class Reached(Exception):
    pass


class Find:
    def find_class(self, module, name):
        if (module, name) in (("os", "system"), ("posix", "system")):
            raise Reached
        return super().find_class(module, name)


class FromC(Find, pickle.Unpickler):
    pass


class FromPython(Find, pickle._Unpickler):
    pass


def reaches(program):
    for unpickler in (FromC, FromPython):
        try:
            unpickler(io.BytesIO(program)).load()
        except Reached:
            return True
        except Exception:
            pass
    return False


def opcode(chance):
    pick = chance.choice
    made = pick(
        [
            lambda: pick("ILF") + pick(NUMBERS) + "\n",
            lambda: pick("pg") + pick(PLACES) + "\n",
            lambda: "S" + pick(TEXTS) + "\n",
            lambda: "V" + pick(WORDS) + "\n",
            lambda: pick(STATES) + "b",
            lambda: pick(["I0\nNs", "(I0\nNu", "S'a'\nNs", "(u", "(e"]),
            lambda: pick(CLASSES),
            lambda: pick(["(lR", "(dR", "S''\nR", ")R", "]R", "(tR"]),
            lambda: pick(SINGLE),
            lambda: pick(SINGLE),
        ]
    )()
    return made.encode("latin-1")


def programs():
    chance = random.Random(20)
    found = {}
    while len(found) < COUNT:
        program = b""
        for _ in range(chance.randrange(1, 9)):
            longer = program + opcode(chance)
            if reaches(longer + b"cos\nsystem\n"):
                program = longer
        program += chance.choice(ENDS)
        if reaches(program):
            found[program] = None
    return found


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        file.writelines(program.hex() + "\n" for program in programs())
