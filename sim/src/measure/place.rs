//! Places, and how long a message takes between them.
//!
//! No table of measured times is used. One way takes the great-circle distance, 1.5 times for the way that cables go, at 200 km a
//! millisecond (light in glass: 299,792 km/s over a refractive index of 1.468 is 204), and 1 ms at each end for access and equipment. For
//! Karachi and Islamabad, 1,140 km apart, that is 10.6 ms; for Frankfurt and Singapore, 10,260 km, 79 ms.

/// A place by name and by degrees north and east.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Name.
    pub name: &'static str,
    north: f64,
    east: f64,
}

const fn place(name: &'static str, north: f64, east: f64) -> Place {
    Place { name, north, east }
}

/// Cities of Pakistan, the largest first.
pub const PAKISTAN: [Place; 10] = [
    place("Karachi", 24.86, 67.01),
    place("Lahore", 31.55, 74.34),
    place("Faisalabad", 31.42, 73.08),
    place("Islamabad", 33.69, 73.05),
    place("Multan", 30.16, 71.52),
    place("Peshawar", 34.01, 71.58),
    place("Hyderabad", 25.40, 68.37),
    place("Quetta", 30.18, 66.98),
    place("Gujranwala", 32.19, 74.19),
    place("Sukkur", 27.71, 68.86),
];

/// Ten regions of the world.
pub const WORLD: [Place; 10] = [
    place("Frankfurt", 50.11, 8.68),
    place("Virginia", 38.95, -77.45),
    place("Singapore", 1.35, 103.82),
    place("Oregon", 45.84, -119.70),
    place("Mumbai", 19.08, 72.88),
    place("Sao Paulo", -23.55, -46.63),
    place("Tokyo", 35.68, 139.69),
    place("Cape Town", -33.92, 18.42),
    place("Sydney", -33.87, 151.21),
    place("Bahrain", 26.07, 50.56),
];

/// Where validators are: one after the other over the table, then from its start again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// [`PAKISTAN`].
    Pakistan,
    /// [`WORLD`].
    World,
    /// Everybody so many milliseconds from everybody.
    Even(u64),
}

const EARTH_RADIUS_KM: f64 = 6_371.0;
const WAY_FACTOR: f64 = 1.5;
const KM_A_MS: f64 = 200.0;
const ENDS_US: u64 = 2_000;

/// Great-circle distance (haversine).
pub fn distance_km(from: &Place, to: &Place) -> f64 {
    let (north, other) = (from.north.to_radians(), to.north.to_radians());
    let across = (other - north) / 2.0;
    let along = (to.east - from.east).to_radians() / 2.0;
    let half = across.sin().powi(2) + north.cos() * other.cos() * along.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * half.sqrt().asin()
}

impl Places {
    /// One way between two validators, in microseconds.
    pub fn one_way_us(self, from: u16, to: u16) -> u64 {
        let table = match self {
            Self::Pakistan => &PAKISTAN,
            Self::World => &WORLD,
            Self::Even(ms) => return ms * 1_000,
        };
        let at = |number: u16| &table[usize::from(number.saturating_sub(1)) % table.len()];
        let way_ms = distance_km(at(from), at(to)) * WAY_FACTOR / KM_A_MS;
        ENDS_US + whole(way_ms * 1_000.0)
    }

    /// Its name.
    pub fn name(self) -> String {
        match self {
            Self::Pakistan => "pakistan".into(),
            Self::World => "world".into(),
            Self::Even(ms) => format!("even {ms} ms"),
        }
    }

    /// One way, in microseconds, such that half of all ways between so many validators are no longer.
    pub fn median_us(self, validators: u16) -> u64 {
        let pairs = (1..=validators).flat_map(|from| (1..=validators).map(move |to| (from, to)));
        let ways = pairs.filter(|(from, to)| from != to);
        let mut ways: Vec<u64> = ways.map(|(from, to)| self.one_way_us(from, to)).collect();
        ways.sort_unstable();
        ways.get(ways.len() / 2).copied().unwrap_or(0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a way on Earth in microseconds is small and not negative"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}
