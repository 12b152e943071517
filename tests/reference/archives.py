"""Containers around the other files: zip and tar by CPython, 7z by py7zr, and single compressed streams."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

import lz4.frame
import pandas
import py7zr
import zstandard

import readers
from models import frames

INSIDE = [
    "pickles/numpy-4.pkl",
    "numpy/order-fortran.npy",
    "safetensors/plain.safetensors",
    "gguf/plain.gguf",
    "torch/half.pt",
]
LONG = "a-directory-with-quite-a-long-name/" * 4 + "notes.txt"
UNICODE = "mod\u00e8le/\u91cd\u307f \U0001f600.txt"
XZ_CHECKS = {"none": lzma.CHECK_NONE, "crc32": lzma.CHECK_CRC32, "crc64": lzma.CHECK_CRC64, "sha256": lzma.CHECK_SHA256}
SEVEN_ZIP_FILTERS = {
    "lzma2": [{"id": py7zr.FILTER_LZMA2, "preset": 6}],
    "lzma": [{"id": py7zr.FILTER_LZMA, "preset": 6}],
    "bcj-lzma2": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 6}],
    "delta-lzma2": [{"id": py7zr.FILTER_DELTA, "dist": 4}, {"id": py7zr.FILTER_LZMA2, "preset": 6}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "copy": [{"id": py7zr.FILTER_COPY}],
    "ppmd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    "zstd": [{"id": py7zr.FILTER_ZSTD, "level": 3}],
}


def make(folder):
    members = {path: folder.read(path) for path in INSIDE}
    small = {"model.pkl": members[INSIDE[0]]}
    make_zips(folder, members, small)
    make_tars(folder, members, small)
    make_seven_zips(folder, members)
    make_streams(folder, members[INSIDE[0]])
    make_pandas(folder)


def make_zips(folder, members, small):
    methods = {
        "stored": zipfile.ZIP_STORED,
        "deflated": zipfile.ZIP_DEFLATED,
        "bzip2": zipfile.ZIP_BZIP2,
        "lzma": zipfile.ZIP_LZMA,
    }
    zips = {name: zipped(members, method) for name, method in methods.items()}
    zips |= {
        "empty": zipped({}),
        "names": zipped({UNICODE: b"", LONG: b"x", "with space": b"y"}),
        "directories": zipped({"weights/": b"", "weights/empty/": b"", "weights/model.pkl": small["model.pkl"]}),
        "comment": zipped(small, comment=b"ordinary"),
        "wide": zipped(small, wide=True),
        "streamed": zipped(members, zipfile.ZIP_DEFLATED, seekable=False),
        "nested": zipped({"inner.zip": zipped(small), "inner.tar": tarred(small)}),
    }
    for name, data in zips.items():
        folder.add(f"archives/{name}.zip", data, format="zip", members=readers.zip(data))


def make_tars(folder, members, small):
    forms = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
    tars = {f"{name}.tar": tarred(members, form) for name, form in forms.items()}
    odd = {UNICODE: b"one", LONG: b"two", "empty": b""}
    tars |= {f"{name}-names.tar": tarred(odd, forms[name]) for name in ("gnu", "pax")}
    tars["empty.tar"] = tarred({})
    tars["directories.tar"] = tarred({"weights/": b"", "weights/model.pkl": small["model.pkl"]})
    plain = tars["pax.tar"]
    packed = {
        "members.tar.gz": gzip.compress(plain, mtime=0),
        "members.tar.bz2": bz2.compress(plain),
        "members.tar.xz": lzma.compress(plain),
        "members.tar.zst": zstandard.compress(plain),
        "members.tar.lz4": lz4.frame.compress(plain),
    }
    for name, data in tars.items():
        folder.add(f"archives/{name}", data, format="tar", members=readers.tar(data))
    for name, data in packed.items():
        folder.add(
            f"archives/{name}", data, format="tar", expanded=readers.fingerprint(plain), members=readers.tar(plain)
        )


def make_seven_zips(folder, members):
    for name, filters in SEVEN_ZIP_FILTERS.items():
        path = folder.path(f"archives/{name}.7z")
        with py7zr.SevenZipFile(path, "w", filters=filters) as archive:
            for member, data in members.items():
                archive.writestr(data, member)
        folder.expect(f"archives/{name}.7z", format="7z", members=readers.seven_zip(path))


def make_streams(folder, plain):
    """One pickle, compressed in every way that readers open by themselves."""
    half = len(plain) // 2
    level = zstandard.ZstdCompressor
    streams = {
        "plain.gz": gzip.compress(plain, mtime=0),
        "named.gz": gzipped(plain, "model.pkl"),
        "two-members.gz": gzip.compress(plain[:half], mtime=0) + gzip.compress(plain[half:], mtime=0),
        "plain.bz2": bz2.compress(plain),
        "two-members.bz2": bz2.compress(plain[:half]) + bz2.compress(plain[half:]),
        **{f"{name}.xz": lzma.compress(plain, check=check) for name, check in XZ_CHECKS.items()},
        "plain.lzma": lzma.compress(plain, lzma.FORMAT_ALONE),
        "plain.zlib": zlib.compress(plain),
        "plain.zst": level().compress(plain),
        "checked.zst": level(write_checksum=True, write_content_size=False).compress(plain),
        "two-frames.zst": level().compress(plain[:half]) + level().compress(plain[half:]),
        "plain.lz4": lz4.frame.compress(plain),
        "checked.lz4": lz4.frame.compress(
            plain, content_checksum=True, block_checksum=True, block_linked=False, store_size=False
        ),
    }
    for name, data in streams.items():
        facts = {"expanded": readers.fingerprint(plain), "streams": readers.pickles(plain)}
        folder.add(f"streams/{name}", data, format="compressed", **facts)


def make_pandas(folder):
    """`DataFrame.to_pickle` picks the container by the file's name."""
    frame = frames()["frame"]
    for ending in ("pkl", "pkl.gz", "pkl.bz2", "pkl.xz", "pkl.zst"):
        path = folder.path(f"pandas/saved.{ending}")
        frame.to_pickle(path)
        with pandas.io.common.get_handle(path, "rb", compression="infer", is_text=False) as opened:
            plain = opened.handle.read()
        facts = {"expanded": readers.fingerprint(plain), "streams": readers.pickles(plain)}
        folder.expect(f"pandas/saved.{ending}", format="compressed" if ending != "pkl" else "pickle", **facts)
    for ending, read in (("zip", readers.zip), ("tar", readers.tar)):
        frame.to_pickle(folder.path(f"pandas/saved.pkl.{ending}"))
        members = read(folder.read(f"pandas/saved.pkl.{ending}"))
        folder.expect(f"pandas/saved.pkl.{ending}", format=ending, members=members)


class Pipe(io.BytesIO):
    """A file that cannot seek, so that zip writes sizes behind the data."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation

    tell = seek


def zipped(members, method=zipfile.ZIP_STORED, comment=b"", wide=False, seekable=True):
    file = io.BytesIO() if seekable else Pipe()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.comment = comment
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            with archive.open(entry, "w", force_zip64=wide) as member:
                member.write(data)
    return file.getvalue()


def tarred(members, form=tarfile.PAX_FORMAT):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            if name.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def gzipped(data, name):
    file = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=file, mtime=1) as stream:
        stream.write(data)
    return file.getvalue()
