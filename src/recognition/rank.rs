use serde::Serialize;
use utoipa::ToSchema;

/// Where a member stands: members with the same points share a place, and the places after them
/// are left out (1, 2, 2, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rank {
    pub place: i64,
    /// How many members have points in the period.
    pub of: i64,
    pub points: i64,
}

/// How many members have how many points, in no order.
#[derive(Debug, Default, Clone)]
pub struct Histogram(pub Vec<(i64, i64)>);

impl Histogram {
    /// One more than the number of members with more points.
    pub fn place(&self, points: i64) -> i64 {
        1 + self.0.iter().filter(|(p, _)| *p > points).map(|(_, members)| members).sum::<i64>()
    }
    /// From the points of each member.
    pub fn of(points: impl IntoIterator<Item = i64>) -> Self {
        Self(points.into_iter().map(|p| (p, 1)).collect())
    }
}

/// “1st”, “2nd”, “3rd”, “11th”.
pub fn ordinal(n: i64) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_with_the_same_points_share_a_place() {
        let all = Histogram(vec![(30, 1), (20, 2), (10, 1)]);
        assert_eq!([30, 20, 10, 5].map(|p| all.place(p)), [1, 2, 4, 5]);
        let same = Histogram::of([20, 30, 10, 20]);
        assert_eq!([30, 20, 10, 5].map(|p| same.place(p)), [1, 2, 4, 5]);
        assert_eq!(Histogram::default().place(0), 1);
    }

    #[test]
    fn ordinals_read_as_people_say_them() {
        let said: Vec<String> = [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 112].map(ordinal).to_vec();
        assert_eq!(said, ["1st", "2nd", "3rd", "4th", "10th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th", "112th"]);
    }
}
