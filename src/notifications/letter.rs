use serde::Serialize;

use crate::app::App;
use crate::error::AppError;

/// One mail before it is drawn: a heading, some sentences and at most one button.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Letter {
    pub subject: String,
    pub heading: String,
    pub paragraphs: Vec<String>,
    pub button: Option<Button>,
    /// Smaller sentences below the button.
    pub after: Vec<String>,
    /// Why they get this mail.
    pub footer: String,
}

/// A link that leads to a page; nothing happens by opening it.
#[derive(Debug, Clone, Serialize)]
pub struct Button {
    pub label: String,
    pub address: String,
}

#[derive(Serialize)]
struct Drawn<'a> {
    #[serde(flatten)]
    letter: &'a Letter,
    organisation: String,
    preview: &'a str,
    base: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    mail: Drawn<'a>,
}

impl Letter {
    /// The HTML part.
    ///
    /// # Errors
    /// Internal when the template does not fit.
    pub fn html(&self, app: &App) -> Result<String, AppError> {
        let mail = Drawn {
            letter: self,
            organisation: app.organisation(),
            preview: self.paragraphs.first().map_or("", String::as_str),
            base: app.config.address("/"),
        };
        app.templates.render("mail/letter", &Whole { mail }).map_err(|e| AppError::Internal(anyhow::anyhow!("{e}")))
    }

    /// The plain part, with the same sentences.
    pub fn text(&self, app: &App) -> String {
        let mut parts = vec![self.heading.clone()];
        parts.extend(self.paragraphs.iter().cloned());
        parts.extend(self.button.iter().map(|b| format!("{}:\n{}", b.label, b.address)));
        parts.extend(self.after.iter().cloned());
        parts.push(format!("-- \n{}\n{}", self.footer, app.config.address("/")));
        parts.join("\n\n")
    }
}
