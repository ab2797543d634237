//! From the ARN STS knows a caller by to the ARN of the user or role behind it.

/// The IAM principal of an ARN: a session's role; anything else as it is. STS leaves a role's path
/// out of a session's ARN, so a role with a path (AWS's single sign-on) must be looked up in IAM
/// before.
pub fn principal(arn: &str) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, "sts", "", account, session] = parts.as_slice() else {
        return arn.to_owned();
    };
    match session.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, _session] => format!("arn:{partition}:iam::{account}:role/{role}"),
        _ => arn.to_owned(),
    }
}

/// The name of the role behind a session, with which IAM's GetRole tells its ARN with its path.
pub fn session_role(arn: &str) -> Option<&str> {
    let (service, session) = arn.split_once(":assumed-role/")?;
    let role = session.split('/').next()?;
    (service.split(':').nth(2) == Some("sts") && !role.is_empty()).then_some(role)
}

/// The name of a principal's node: `user-alice`, `role-Admin`; with the account when it is another.
pub fn slug(principal: &str, account: &str) -> String {
    let mut parts = principal.splitn(6, ':').skip(4);
    let (theirs, what) = (parts.next().unwrap_or_default(), parts.next().unwrap_or(principal));
    let whose = if theirs == account { String::new() } else { format!("{theirs}-") };
    // Commas are fine in the names of roles, but not in tags.
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() || "_.@+=-".contains(letter) { letter } else { '-' }
    };
    format!("{whose}{what}").chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_role() {
        let session = "arn:aws:sts::123456789012:assumed-role/Admin/alice@example.org";
        assert_eq!(principal(session), "arn:aws:iam::123456789012:role/Admin");
        let session = "arn:aws-us-gov:sts::123456789012:assumed-role/Admin/i-0abc";
        assert_eq!(principal(session), "arn:aws-us-gov:iam::123456789012:role/Admin");
    }

    #[test]
    fn the_role_of_a_session_can_be_looked_up() {
        let sso = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123/alice";
        assert_eq!(session_role(sso), Some("AWSReservedSSO_Admin_0123"));
        assert_eq!(session_role("arn:aws:iam::123456789012:role/Admin"), None);
    }

    #[test]
    fn others_stay_as_they_are() {
        for arn in [
            "arn:aws:iam::123456789012:user/team/alice",
            "arn:aws:iam::123456789012:role/path/Admin",
            "arn:aws:sts::123456789012:federated-user/alice",
            "nonsense",
        ] {
            assert_eq!(principal(arn), arn);
        }
    }

    #[test]
    fn principals_have_names_of_their_own() {
        let (here, there) = ("123456789012", "210987654321");
        assert_eq!(slug("arn:aws:iam::123456789012:user/team/alice", here), "user-team-alice");
        assert_eq!(slug("arn:aws:iam::123456789012:role/A,b", here), "role-A-b");
        assert_eq!(slug("arn:aws:iam::123456789012:role/A", there), "123456789012-role-A");
    }
}
