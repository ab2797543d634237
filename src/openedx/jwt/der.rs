//! As much of DER as an RSA private key needs.

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// The PKCS#1 key itself, also out of PKCS#8.
pub fn unwrapped(key: &[u8]) -> Option<&[u8]> {
    let (inside, _) = element(key, SEQUENCE)?;
    let (_version, rest) = element(inside, INTEGER)?;
    match element(rest, SEQUENCE) {
        Some((_algorithm, rest)) => element(rest, OCTETS).map(|(key, _)| key),
        None => Some(key),
    }
}

/// The numbers of a PKCS#1 key, without the zeros before them.
pub fn integers<const N: usize>(key: &[u8]) -> Option<[&[u8]; N]> {
    let (mut rest, _) = element(key, SEQUENCE)?;
    let mut all = [&[][..]; N];
    for slot in &mut all {
        let (number, after) = element(rest, INTEGER)?;
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        *slot = &number[zeros..];
        rest = after;
    }
    Some(all)
}

/// Content of the element at the front, and what comes after it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first().filter(|_| *found == tag)?;
    let (length, rest) = match usize::from(*first) {
        short if short < 0x80 => (short, rest),
        long => {
            let count = (long - 0x80).min(size_of::<usize>());
            let (digits, rest) = rest.split_at_checked(count)?;
            let add = |length, digit: &u8| length * 256 + usize::from(*digit);
            (digits.iter().fold(0, add), rest)
        }
    };
    rest.split_at_checked(length)
}
