//! Rendering templates for a user.

use std::sync::Arc;

use crate::campaign::failure::{StepFailure, StepResult};
use crate::campaign::request::{Content, FieldValue, Request};
use crate::campaign::template::{Escape, Identity, Scope};
use crate::http::{Body, Part, Prepared, join};

use super::{Ended, VirtualUser};

impl VirtualUser {
    pub(super) fn prepare(&mut self, request: &Request) -> Result<Prepared, StepFailure> {
        self.prepare_as(request, None)
    }

    /// The same with the values of somebody else in path and body. Headers hold
    /// credentials and stay the user's own.
    pub(super) fn prepare_as(
        &mut self,
        request: &Request,
        whose: Option<&Arc<Identity>>,
    ) -> Result<Prepared, StepFailure> {
        let path = self.render_as(&request.path, Escape::of_path(&request.path), whose)?;
        let url = join(&self.context.target, &path).map_err(|error| {
            StepFailure::new(format!("`{}` makes no URL: {error}", request.path))
        })?;
        let mut headers = Vec::new();
        for (name, value) in &request.headers {
            headers.push((name.clone(), self.render(value, Escape::None)?));
        }
        let body = match &request.content {
            Content::Empty => Body::Empty,
            Content::Text { media_type, text } => Body::Text {
                text: self.render_as(text, Escape::of_media_type(media_type), whose)?,
                media_type: media_type.clone(),
            },
            Content::Form(fields) => {
                let mut rendered = Vec::new();
                for (name, value) in fields {
                    rendered.push((name.clone(), self.render_as(value, Escape::None, whose)?));
                }
                Body::Form(rendered)
            }
            Content::Multipart(fields) => {
                let mut parts = Vec::new();
                for field in fields {
                    parts.push(match &field.value {
                        FieldValue::Text(text) => Part {
                            name: field.name.clone(),
                            file_name: None,
                            media_type: None,
                            content: self.render_as(text, Escape::None, whose)?.into(),
                        },
                        FieldValue::File {
                            name,
                            media_type,
                            content,
                        } => Part {
                            name: field.name.clone(),
                            file_name: Some(name.clone()),
                            media_type: Some(media_type.clone()),
                            content: content.clone(),
                        },
                    });
                }
                Body::Multipart(parts)
            }
        };
        let route = Arc::from(request.path.as_str());
        Ok(Prepared::new(
            request.method.clone(),
            url,
            route,
            headers,
            &body,
        ))
    }

    /// Renders a template for this user.
    ///
    /// # Errors
    ///
    /// When it names something that is not there.
    pub fn render(&mut self, text: &str, escape: Escape) -> Result<String, StepFailure> {
        self.render_as(text, escape, None)
    }

    fn render_as(
        &mut self,
        text: &str,
        escape: Escape,
        whose: Option<&Arc<Identity>>,
    ) -> Result<String, StepFailure> {
        if !crate::campaign::template::is_template(text) {
            return Ok(text.to_owned());
        }
        if text.contains("other.") {
            self.meet_other()?;
        }
        let scope = Scope {
            user: whose.map_or_else(
                || {
                    Arc::new(Identity {
                        person: Arc::clone(&self.person),
                        learned: Arc::clone(&self.learned),
                        kept: Arc::clone(&self.kept),
                    })
                },
                Arc::clone,
            ),
            other: self.other.clone(),
            unique: self.context.uniques.next(self.person.id),
        };
        self.context.templates.render(text, escape, &scope)
    }

    /// Draws the other user of this iteration.
    pub(super) fn meet_other(&mut self) -> StepResult {
        if self.other.is_some() {
            return Ok(());
        }
        let context = &self.context;
        self.other = context.board.draw(
            self.person.id,
            &context.population,
            &context.wanted_of_others,
            &mut self.rng,
        );
        if self.other.is_some() {
            return Ok(());
        }
        self.ended = Some(Ended::NothingToProbe);
        Err(StepFailure::new("no other user holds what is asked for"))
    }
}
