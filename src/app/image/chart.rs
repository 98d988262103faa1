//! Where the cache points: mapped blocks in each part of the origin, the dirty ones dotted.

use super::Shown;
use yew::prelude::*;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 110.0;

pub(super) fn view(shown: &Shown) -> Html {
    let chart = &shown.overview.chart;
    let most = chart.parts.iter().map(|p| p.mapped).max().unwrap_or(0);
    if most == 0 {
        return html! {
            <section class="image-chart"><div class="section-head"><h2>{ "Where the cache points" }</h2><span class="quiet">{ if shown.verdict.mapped.is_none() { "unknown: no mapping can be read" } else { "nothing is mapped" } }</span></div></section>
        };
    }
    let step = (WIDTH - 8.0) / number(chart.parts.len() as u64);
    let tall = |n: u64| number(n) / number(most) * (HEIGHT - 12.0);
    let bar = |(n, part): (usize, &dm_cache_image::browse::seen::Part)| {
        let x = step * number(n as u64);
        let rect = |class: &'static str, count: u64| {
            let tall = tall(count);
            html! { <rect {class} x={x.to_string()} y={(HEIGHT - tall).to_string()} width={(step - 2.0).max(1.0).to_string()} height={tall.to_string()} /> }
        };
        html! { <>{ rect("bar-mapped", part.mapped) }{ rect("bar-dirty", part.dirty) }</> }
    };
    let row = |(n, part): (usize, &dm_cache_image::browse::seen::Part)| {
        let from = chart.width * n as u64;
        html! { <tr><td>{ format!("{from}–{}", from + chart.width - 1) }</td><td>{ part.mapped }</td><td>{ part.dirty }</td></tr> }
    };
    let parts = chart.parts.iter().enumerate();
    html! {
        <section class="image-chart" data-parts={chart.parts.len().to_string()}>
            <div class="section-head"><h2>{ "Where the cache points" }</h2><span class="quiet">{ format!("mapped blocks per {} of the origin; the dotted part is dirty", super::some(chart.width, "block")) }</span></div>
            <div class="chart-frame">
            <p class="chart-high mono" aria-hidden="true"><span>{ most }</span><span>{ "0" }</span></p>
            <svg class="chart-picture" viewBox={format!("0 0 {WIDTH} {}", HEIGHT + 2.0)} role="img" aria-label={format!("{} mapped blocks from oblock 0 to {}", chart.parts.iter().map(|p| p.mapped).sum::<u64>(), chart.highest)}>
                <defs><pattern id="chart-dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle class="chart-dot" cx="1.5" cy="1.5" r="1.1" /></pattern></defs>
                <path class="grid-rule" d={format!("M0 12H{WIDTH}M0 {HEIGHT}H{WIDTH}")} />
                { for parts.clone().map(bar) }
            </svg>
            <p class="chart-along mono" aria-hidden="true"><span>{ "oblock 0" }</span><span>{ chart.width * chart.parts.len() as u64 - 1 }</span></p>
            </div>
            <details class="as-table"><summary>{ "As a table" }</summary>
                <table><thead><tr><th scope="col">{ "oblocks" }</th><th scope="col">{ "mapped" }</th><th scope="col">{ "dirty" }</th></tr></thead><tbody>{ for parts.filter(|(_, p)| p.mapped > 0).map(row) }</tbody></table>
            </details>
        </section>
    }
}

#[allow(clippy::cast_precision_loss, reason = "a drawing")]
fn number(n: u64) -> f64 {
    n as f64
}
