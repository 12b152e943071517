//! The header of a 7z archive. Every count is compared with the bytes that are left before anything is remembered for it.

/// Reads numbers from a header.
#[derive(Debug, Clone)]
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(*self.take(8)?.first_chunk()?))
    }

    /// A number whose first byte says by its leading ones how many bytes follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let length = usize::try_from(first.leading_ones()).ok()?;
        let low = self.take(length)?.iter().rev().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        let high = u64::from(first & 0x7f_u8.checked_shr(u32::try_from(length).ok()?).unwrap_or_default());
        let shift = u32::try_from(length.saturating_mul(8)).ok()?;
        Some(low | high.checked_shl(shift).unwrap_or_default())
    }

    /// A count of things that each take at least one byte of what is left.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    /// One bit for each of so many things.
    fn bits(&mut self, count: usize) -> Option<Vec<bool>> {
        let bytes = self.take(count.div_ceil(8))?;
        Some(
            bytes
                .iter()
                .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
                .take(count)
                .collect(),
        )
    }

    /// One bit for each of so many things, unless a first byte says that all are set.
    fn bits_or_all(&mut self, count: usize) -> Option<Vec<bool>> {
        if self.byte()? == 0 { self.bits(count) } else { Some(vec![true; count]) }
    }

    /// A checksum for each of so many things that has one.
    fn checksums(&mut self, count: usize) -> Option<Vec<Option<u32>>> {
        self.bits_or_all(count)?
            .into_iter()
            .map(|defined| if defined { self.u32().map(Some) } else { Some(None) })
            .collect()
    }
}

/// What a header turns out to be.
pub(super) enum Archive {
    /// The list of files.
    Files { streams: Streams, files: Vec<File>, bad: Vec<String> },
    /// The list is packed in the first of these.
    Packed(Streams),
}

/// Packed streams and how to unpack them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Where the packed streams begin.
    pub(super) packed_at: u64,
    /// Their sizes.
    pub(super) packed: Vec<u64>,
    pub(super) folders: Vec<Folder>,
}

/// One chain of coders and what comes out of it: one or more files.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<Coder>,
    /// Pairs: this input is fed by that output.
    pub(super) bound: Vec<(usize, usize)>,
    /// Inputs that are fed by packed streams, in the order of these.
    pub(super) fed: Vec<usize>,
    /// Index of its first packed stream.
    pub(super) first_packed: usize,
    /// Size of every output.
    pub(super) sizes: Vec<u64>,
    pub(super) crc: Option<u32>,
    /// Size and checksum of the files in it.
    pub(super) parts: Vec<(u64, Option<u32>)>,
}

#[derive(Debug)]
pub(super) struct Coder {
    pub(super) method: u64,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) properties: Vec<u8>,
}

impl Folder {
    /// The output that feeds no input: the content.
    pub(super) fn main(&self) -> usize {
        (0..self.sizes.len())
            .find(|output| !self.bound.iter().any(|(_, bound)| bound == output))
            .unwrap_or_default()
    }

    /// Size of the content.
    pub(super) fn size(&self) -> u64 {
        self.sizes.get(self.main()).copied().unwrap_or_default()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.coders.iter().any(|coder| coder.method == 0x06f1_0701)
    }

    pub(super) fn packed_size(&self, ranges: &[(u64, u64)]) -> u64 {
        let own = ranges.iter().skip(self.first_packed).take(self.fed.len());
        own.fold(0, |sum, (start, end)| sum.saturating_add(end.saturating_sub(*start)))
    }
}

/// A file of the list.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) name: String,
    /// It has no content.
    pub(super) empty: bool,
    /// It has no content and is a file all the same.
    empty_file: bool,
    attributes: Option<u32>,
}

impl File {
    pub(super) fn nameless() -> Self {
        Self { name: "<nameless>".to_owned(), ..Self::default() }
    }

    /// Unix mode, where it was made on Unix.
    pub(super) fn mode(&self) -> Option<u32> {
        self.attributes.filter(|attributes| attributes & 0x8000 != 0).map(|attributes| attributes >> 16)
    }

    fn is_type(&self, types: &[u32]) -> bool {
        self.mode().is_some_and(|mode| types.contains(&(mode & 0o17_0000)))
    }

    pub(super) fn is_link(&self) -> bool {
        self.is_type(&[0o12_0000]) || self.attributes.is_some_and(|attributes| attributes & 0x400 != 0)
    }

    pub(super) fn is_special(&self) -> bool {
        self.is_type(&[0o01_0000, 0o02_0000, 0o06_0000, 0o14_0000])
    }

    pub(super) fn is_folder(&self) -> bool {
        self.is_type(&[0o04_0000]) || self.empty && !self.empty_file
    }
}

/// Reads a header; the error says where it stops making sense.
pub(super) fn read(bytes: &[u8], most_files: u64) -> Result<Archive, &'static str> {
    let mut bytes = Bytes::new(bytes);
    match bytes.byte() {
        None => Ok(Archive::Files { streams: Streams::default(), files: Vec::new(), bad: Vec::new() }),
        Some(0x17) => Ok(Archive::Packed(read_streams(&mut bytes)?)),
        Some(1) => read_list(&mut bytes, most_files),
        Some(_) => Err("it begins with no known mark"),
    }
}

fn read_list(bytes: &mut Bytes<'_>, most_files: u64) -> Result<Archive, &'static str> {
    let mut streams = Streams::default();
    let mut files = Vec::new();
    let mut bad = Vec::new();
    loop {
        match bytes.byte().ok_or("it ends early")? {
            0 => break,
            2 => skip_properties(bytes).ok_or("its properties end early")?,
            3 => {
                read_streams(bytes)?;
                bad.push("the header has additional streams, which no known writer makes".to_owned());
            }
            4 => streams = read_streams(bytes)?,
            5 => files = read_names(bytes, most_files).ok_or("its list of files makes no sense")?,
            _ => return Err("it has an unknown part"),
        }
    }
    if !bytes.rest.is_empty() {
        bad.push(format!(
            "{} behind the end of the header",
            crate::text::count(bytes.rest.len() as u64, "byte")
        ));
    }
    Ok(Archive::Files { streams, files, bad })
}

fn skip_properties(bytes: &mut Bytes<'_>) -> Option<()> {
    while bytes.byte()? != 0 {
        let length = bytes.count()?;
        bytes.take(length)?;
    }
    Some(())
}

fn read_streams(bytes: &mut Bytes<'_>) -> Result<Streams, &'static str> {
    let mut streams = Streams::default();
    let mut divided = false;
    loop {
        match bytes.byte().ok_or("it ends early")? {
            0 => break,
            6 => read_packed(bytes, &mut streams).ok_or("its list of packed streams makes no sense")?,
            7 => read_folders(bytes, &mut streams).ok_or("its list of coders makes no sense")?,
            8 => {
                read_parts(bytes, &mut streams).ok_or("its list of parts makes no sense")?;
                divided = true;
            }
            _ => return Err("it has an unknown part"),
        }
    }
    for folder in streams.folders.iter_mut().filter(|_| !divided) {
        folder.parts = vec![(folder.size(), folder.crc)];
    }
    Ok(streams)
}

fn read_packed(bytes: &mut Bytes<'_>, streams: &mut Streams) -> Option<()> {
    streams.packed_at = bytes.number()?;
    let count = bytes.count()?;
    loop {
        match bytes.byte()? {
            0 => return Some(()),
            9 => streams.packed = (0..count).map(|_| bytes.number()).collect::<Option<_>>()?,
            10 => drop(bytes.checksums(count)?),
            _ => return None,
        }
    }
}

/// Coders and streams that a folder may have.
const MOST_CODERS: usize = 32;

fn read_folders(bytes: &mut Bytes<'_>, streams: &mut Streams) -> Option<()> {
    if bytes.byte()? != 11 {
        return None;
    }
    let count = bytes.count()?;
    if bytes.byte()? != 0 {
        return None;
    }
    let mut first_packed = 0_usize;
    for _ in 0..count {
        let folder = Folder { first_packed, ..read_folder(bytes)? };
        first_packed = first_packed.checked_add(folder.fed.len())?;
        streams.folders.push(folder);
    }
    loop {
        match bytes.byte()? {
            0 => break,
            10 => {
                let checksums = bytes.checksums(count)?;
                streams.folders.iter_mut().zip(checksums).for_each(|(folder, crc)| folder.crc = crc);
            }
            12 => {
                for folder in &mut streams.folders {
                    for size in &mut folder.sizes {
                        *size = bytes.number()?;
                    }
                }
            }
            _ => return None,
        }
    }
    Some(())
}

fn read_folder(bytes: &mut Bytes<'_>) -> Option<Folder> {
    let mut folder = Folder::default();
    let (mut inputs, mut outputs) = (0_usize, 0_usize);
    let count = bytes.count().filter(|count| (1..=MOST_CODERS).contains(count))?;
    for _ in 0..count {
        let flags = bytes.byte()?;
        let id = bytes.take(usize::from(flags & 15))?;
        if id.len() > 8 || flags & 0xc0 != 0 {
            return None;
        }
        let method = id.iter().fold(0, |method, byte| method << 8 | u64::from(*byte));
        let mut ports =
            || if flags & 0x10 == 0 { Some(1) } else { bytes.count().filter(|n| *n <= MOST_CODERS) };
        let (coder_inputs, coder_outputs) = (ports()?, ports()?);
        let length = if flags & 0x20 == 0 { 0 } else { bytes.count()? };
        let properties = bytes.take(length)?.to_vec();
        inputs = inputs.checked_add(coder_inputs)?;
        outputs = outputs.checked_add(coder_outputs)?;
        folder.coders.push(Coder { method, inputs: coder_inputs, outputs: coder_outputs, properties });
    }
    let bound = outputs.checked_sub(1)?;
    for _ in 0..bound {
        folder.bound.push((usize::try_from(bytes.number()?).ok()?, usize::try_from(bytes.number()?).ok()?));
    }
    let fed = inputs.checked_sub(bound)?;
    if fed == 1 {
        folder.fed = (0..inputs)
            .filter(|input| !folder.bound.iter().any(|(bound, _)| bound == input))
            .take(1)
            .collect();
    } else {
        for _ in 0..fed {
            folder.fed.push(usize::try_from(bytes.number()?).ok()?);
        }
    }
    folder.sizes = vec![0; outputs];
    Some(folder)
}

fn read_parts(bytes: &mut Bytes<'_>, streams: &mut Streams) -> Option<()> {
    streams.folders.iter_mut().for_each(|folder| folder.parts.clear());
    let mut counts = vec![1; streams.folders.len()];
    let mut mark = bytes.byte()?;
    if mark == 13 {
        for count in &mut counts {
            // All but the last part of a folder have their size written.
            let stated = usize::try_from(bytes.number()?).ok()?;
            *count = Some(stated).filter(|stated| *stated <= bytes.rest.len().saturating_add(1))?;
        }
        mark = bytes.byte()?;
    }
    let sizes_written = mark == 9;
    for (folder, count) in streams.folders.iter_mut().zip(&counts) {
        let mut rest = folder.size();
        for left in (0..*count).rev() {
            let size = if left == 0 {
                rest
            } else if sizes_written {
                bytes.number()?
            } else {
                return None;
            };
            rest = rest.saturating_sub(size);
            folder.parts.push((size, None));
        }
        if let ([part], Some(_)) = (folder.parts.as_mut_slice(), folder.crc) {
            part.1 = folder.crc;
        }
    }
    if sizes_written {
        mark = bytes.byte()?;
    }
    while mark != 0 {
        if mark != 10 {
            return None;
        }
        let mut open: Vec<&mut (u64, Option<u32>)> = streams
            .folders
            .iter_mut()
            .flat_map(|folder| &mut folder.parts)
            .filter(|part| part.1.is_none())
            .collect();
        let checksums = bytes.checksums(open.len())?;
        open.iter_mut().zip(checksums).for_each(|(part, crc)| part.1 = crc);
        mark = bytes.byte()?;
    }
    Some(())
}

fn read_names(bytes: &mut Bytes<'_>, most_files: u64) -> Option<Vec<File>> {
    let count = bytes.count().filter(|count| *count as u64 <= most_files)?;
    let mut files = vec![File::default(); count];
    loop {
        let mark = bytes.byte()?;
        if mark == 0 {
            return Some(files);
        }
        let length = bytes.count()?;
        let mut part = Bytes::new(bytes.take(length)?);
        match mark {
            14 => {
                let empty = part.bits(count)?;
                files.iter_mut().zip(empty).for_each(|(file, empty)| file.empty = empty);
            }
            15 => {
                let open = files.iter_mut().filter(|file| file.empty);
                let mut open: Vec<_> = open.collect();
                let empty_files = part.bits(open.len())?;
                open.iter_mut().zip(empty_files).for_each(|(file, empty)| file.empty_file = empty);
            }
            17 => {
                if part.byte()? != 0 {
                    return None;
                }
                for file in &mut files {
                    file.name = read_name(&mut part)?;
                }
            }
            21 => {
                let defined = part.bits_or_all(count)?;
                if part.byte()? != 0 {
                    return None;
                }
                for (file, _) in files.iter_mut().zip(defined).filter(|(_, defined)| *defined) {
                    file.attributes = Some(part.u32()?);
                }
            }
            _ => {}
        }
    }
}

fn read_name(bytes: &mut Bytes<'_>) -> Option<String> {
    let (pairs, _) = bytes.rest.as_chunks::<2>();
    let length = pairs.iter().position(|pair| *pair == [0, 0])?;
    let units = pairs.get(..length)?.iter().map(|pair| u16::from_le_bytes(*pair));
    let name = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    bytes.take(length.checked_add(1)?.checked_mul(2)?)?;
    Some(name)
}
