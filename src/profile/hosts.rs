//! The hosts of a platform, written out or made from the LMS's.

use super::PlatformSettings;

impl PlatformSettings {
    /// Host of Studio.
    pub fn cms_host(&self) -> String {
        self.cms_host.clone().unwrap_or_else(|| format!("studio.{}", self.lms_host))
    }

    /// Host of the micro-frontends.
    pub fn mfe_host(&self) -> String {
        self.mfe_host.clone().unwrap_or_else(|| format!("apps.{}", self.lms_host))
    }

    /// LMS, Studio, micro-frontends.
    pub fn hosts(&self) -> [String; 3] {
        [self.lms_host.clone(), self.cms_host(), self.mfe_host()]
    }
}
