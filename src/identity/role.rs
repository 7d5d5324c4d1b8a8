crate::text_enum! {
    /// What a member may do; a member has a set of them.
    Role {
        Advocate = "advocate",
        Curator = "curator",
        Approver = "approver",
        Hr = "hr",
        Admin = "admin",
    }
}

impl Role {
    pub fn label(self) -> &'static str {
        match self {
            Self::Advocate => "Advocate",
            Self::Curator => "Curator",
            Self::Approver => "Approver",
            Self::Hr => "HR",
            Self::Admin => "Administrator",
        }
    }
    /// What the role is for, in a line.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Advocate => "Sees the feed and shares",
            Self::Curator => "Keeps the library",
            Self::Approver => "Decides what goes out",
            Self::Hr => "Sees participation and recognition",
            Self::Admin => "Runs Herald",
        }
    }
}
