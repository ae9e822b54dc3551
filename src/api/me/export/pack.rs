//! The archive, written as its files come: on a thread of its own, into pieces that are sent as fast as they are taken.

use std::io::{self, BufWriter, Write};

use bytes::Bytes;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::spawn_blocking,
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// How many bytes are sent at once.
const PIECE: usize = 64 * 1024;
/// How many pieces wait for a slow reader.
const PIECES: usize = 4;

/// A piece of the archive, or word that it breaks off.
type Piece = Result<Bytes, io::Error>;

/// A file of the archive.
#[derive(Debug)]
struct Packed {
    place: String,
    bytes: Bytes,
}

/// Where files are given to be packed.
#[derive(Debug)]
pub(super) struct Packer {
    files: Sender<Packed>,
    pieces: Sender<Piece>,
}

/// The reader has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// A new archive: where its files go in, and its pieces come out. It is whole once the packer is dropped.
pub(super) fn begin() -> (Packer, Receiver<Piece>) {
    let ((give, take), (pieces, out)) = (channel(1), channel(PIECES));
    let end = pieces.clone();
    drop(spawn_blocking(move || {
        let broke = write(take, Out(end.clone())).err();
        // If nobody listens any more, nobody misses it.
        broke.map(|error| end.blocking_send(Err(error)))
    }));
    (Packer { files: give, pieces }, out)
}

impl Packer {
    /// Packs a file, once those before it are packed.
    pub(super) async fn pack(&self, place: impl Into<String>, bytes: impl Into<Bytes>) -> Result<(), Gone> {
        let file = Packed { place: place.into(), bytes: bytes.into() };
        self.files.send(file).await.map_err(|_| Gone)
    }

    /// Lets the reader know that this is not all of it.
    pub(super) async fn break_off(self) {
        drop(self.pieces.send(Err(io::Error::other("the archive broke off"))).await);
    }
}

fn write(mut files: Receiver<Packed>, out: Out) -> io::Result<()> {
    let mut archive = ZipWriter::new_stream(BufWriter::with_capacity(PIECE, out));
    while let Some(Packed { place, bytes }) = files.blocking_recv() {
        let options = SimpleFileOptions::default().compression_method(method(&place));
        archive.start_file(place, options)?;
        archive.write_all(&bytes)?;
    }
    archive.finish()?.into_inner().flush()
}

/// Pictures and archives are packed already.
fn method(place: &str) -> CompressionMethod {
    let is_text = [".json", ".jsonl", ".yaml"].iter().any(|ext| place.ends_with(ext));
    if is_text { CompressionMethod::Deflated } else { CompressionMethod::Stored }
}

/// Pieces on their way to the reader.
struct Out(Sender<Piece>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(piece)));
        sent.map(|()| piece.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    #[tokio::test]
    async fn what_is_packed_comes_out_in_pieces_and_whole() {
        let (packer, mut pieces) = begin();
        let noise: Vec<u8> = (0..300_000_u32).map(|nth| (nth * nth / 7) as u8).collect();
        let (large, packing) = (
            noise.clone(),
            tokio::spawn(async move {
                packer.pack("a.png", noise).await?;
                packer.pack("b/c.json", "{}").await
            }),
        );
        let mut archive = vec![];
        while let Some(piece) = pieces.recv().await {
            let piece = piece.unwrap();
            assert!(piece.len() <= PIECE);
            archive.extend_from_slice(&piece);
        }
        assert_eq!(packing.await.unwrap(), Ok(()));
        let files: Vec<_> =
            cards::unpack(&archive).unwrap().map(|file| (file.name, file.bytes.unwrap())).collect();
        assert_eq!(files, [("a.png".to_owned(), large), ("b/c.json".to_owned(), b"{}".to_vec())]);
    }

    #[tokio::test]
    async fn who_goes_away_stops_the_packing_and_what_breaks_off_is_told() {
        let (packer, pieces) = begin();
        drop(pieces);
        while packer.pack("a.png", vec![7; PIECE]).await.is_ok() {}
        let (packer, mut pieces) = begin();
        packer.break_off().await;
        assert!(pieces.recv().await.unwrap().is_err());
    }
}
