//! The table of all ways, and the same in JSON.

use serde_json::{Map, Value, json};

use crate::figures::Figures;

/// What so many writers came to, in each way.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) raw: Figures,
    pub(crate) innkeeper: Figures,
    pub(crate) postgres_es: Figures,
    pub(crate) cqrs_es: Figures,
}

impl Row {
    /// The same and another round of the same.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            raw: self.raw.and(other.raw),
            innkeeper: self.innkeeper.and(other.innkeeper),
            postgres_es: self.postgres_es.and(other.postgres_es),
            cqrs_es: self.cqrs_es.and(other.cqrs_es),
        }
    }

    fn ratios(&self) -> Ratios {
        Ratios {
            p50: self.innkeeper.p50_ms() / self.raw.p50_ms(),
            raw: self.innkeeper.per_s() / self.raw.per_s(),
            postgres_es: self.innkeeper.per_s() / self.postgres_es.per_s(),
            cqrs_es: self.cqrs_es.per_s() / self.postgres_es.per_s(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "raw": rate(&self.raw), "innkeeper": rate(&self.innkeeper),
            "postgres_es": rate(&self.postgres_es), "cqrs_es": rate(&self.cqrs_es),
        })
    }
}

/// How the ways compare.
struct Ratios {
    p50: f64,
    raw: f64,
    postgres_es: f64,
    cqrs_es: f64,
}

impl Ratios {
    fn json(&self) -> Value {
        let [p50, raw, postgres_es, cqrs_es] =
            [self.p50, self.raw, self.postgres_es, self.cqrs_es].map(|ratio| (ratio * 100.0).round() / 100.0);
        json!({
            "innkeeper_p50_to_raw": p50, "innkeeper_to_raw": raw, "innkeeper_to_postgres_es": postgres_es,
            "cqrs_es_to_postgres_es": cqrs_es,
        })
    }
}

fn rate(figures: &Figures) -> Value {
    let mut all = json!({ "per_s": figures.per_s().round() });
    if let (Value::Object(all), Value::Object(waits)) = (&mut all, figures.waits_json()) {
        all.extend(waits);
    }
    all
}

#[derive(Default)]
pub(crate) struct Table {
    writers: Map<String, Value>,
    ratios: Map<String, Value>,
}

impl Table {
    pub(crate) fn new() -> Self {
        let [raw, innkeeper, postgres_es, cqrs_es] =
            ["raw", "innkeeper", "postgres_es", "cqrs_es"].map(|way| format!("{way}: rate, p50, p99 ms"));
        println!("{:<8} {raw:>27} {innkeeper:>30} {postgres_es:>32} {cqrs_es:>28}", "writers");
        Self::default()
    }

    pub(crate) fn row(&mut self, name: &str, row: &Row) {
        let text = |figures: &Figures| {
            format!("{:>9.0}/s {:>7.2} {:>8.2}", figures.per_s(), figures.p50_ms(), figures.p99_ms())
        };
        let ratios = row.ratios();
        println!(
            "{name:<8} {:>27} {:>30} {:>32} {:>28}\n{:<8} innkeeper: {:.2}x the raw rate, {:.2}x its p50, \
             {:.2}x postgres_es; cqrs_es: {:.2}x postgres_es",
            text(&row.raw),
            text(&row.innkeeper),
            text(&row.postgres_es),
            text(&row.cqrs_es),
            "",
            ratios.raw,
            ratios.p50,
            ratios.postgres_es,
            ratios.cqrs_es,
        );
        self.writers.insert(name.to_owned(), row.json());
        self.ratios.insert(name.to_owned(), ratios.json());
    }

    pub(crate) fn json(self) -> Value {
        json!({ "writers": self.writers, "ratios": self.ratios })
    }
}
