//! From the secret of an access key to the password that SES takes over SMTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::aws::Hidden;

/// Source: SES developer guide, "Obtaining Amazon SES SMTP credentials by converting existing AWS
/// credentials". The odd date is part of the scheme, so that the password never expires.
pub fn smtp_password(secret: &str, region: &str) -> Hidden<String> {
    let steps = ["11111111", region, "ses", "aws4_request", "SendRawEmail"];
    let start = format!("AWS4{secret}").into_bytes();
    let signature =
        steps.iter().fold(start, |key, step| hmac_sha256(&key, step.as_bytes()).to_vec());
    let version = [4];
    Hidden::new(STANDARD.encode([version.as_slice(), &signature].concat()))
}

/// RFC 2104 over SHA-256.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let hashed = Sha256::digest(key);
    let short: &[u8] = if key.len() > BLOCK { &hashed } else { key };
    let padded = |with: u8| {
        let rest = std::iter::repeat_n(&0, BLOCK - short.len());
        short.iter().chain(rest).map(|byte| byte ^ with).collect::<Vec<_>>()
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn rfc_4231_test_cases_2_and_6() {
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hex(&hmac_sha256(&[0xaa; 131], message)),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    /// Computed with the Python script of the SES developer guide.
    #[test]
    fn the_password_of_the_guide() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(
            smtp_password(secret, "us-east-1").expose(),
            "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9"
        );
    }
}
