use actix_web::HttpResponse;
use actix_web::http::header;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::AppError;

/// Cursor paging: `after` is the `next` of the page before, `limit` 1 to 100 (20).
#[derive(Debug, Default, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
}

impl PageQuery {
    /// # Errors
    /// Malformed for a limit out of range or a cursor that is no id of this kind.
    pub fn cursor<T: std::str::FromStr>(&self) -> Result<(Option<T>, i64), AppError> {
        let limit = self.limit.unwrap_or(20);
        if !(1..=100).contains(&limit) {
            return Err(AppError::Malformed("limit lies between 1 and 100.".into()));
        }
        let after = self
            .after
            .as_deref()
            .map(|a| a.parse::<T>().map_err(|_| AppError::Malformed("after is not the “next” of an earlier page.".into())))
            .transpose()?;
        Ok((after, limit))
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it as `after` to read on; null at the end.
    pub next: Option<String>,
}

impl<T: Serialize> Page<T> {
    /// From up to `limit + 1` rows: the one too many only tells that there is more.
    pub fn of(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    /// As [`Self::respond`], with the filters of this request in the link.
    pub fn respond_to(self, request: &actix_web::HttpRequest) -> HttpResponse {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()).filter(|(name, _)| name != "after") {
            query.append_pair(&name, &value);
        }
        let mut response = HttpResponse::Ok();
        if let Some(next) = &self.next {
            let link = query.append_pair("after", next).finish();
            response.insert_header((header::LINK, format!("<{}?{link}>; rel=\"next\"", request.path())));
        }
        response.json(self)
    }

    /// 200 with a `Link: <…>; rel="next"` header when there is more.
    pub fn respond(self, path: &str) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(next) = &self.next {
            response.insert_header((header::LINK, format!("<{path}?after={next}>; rel=\"next\"")));
        }
        response.json(self)
    }
}
