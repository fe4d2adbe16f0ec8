//! Places: invented streets and towns.

use super::Locale;

/// Streets of a locale, and towns.
pub(super) const PLACES: usize = 8;

/// Where the people of one locale live. Towns are single words.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) streets: [&'static str; PLACES],
    pub(super) towns: [&'static str; PLACES],
}

impl Places {
    pub(super) const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::En => &EN,
            Locale::De => &DE,
            Locale::Fr => &FR,
            Locale::It => &IT,
            Locale::Nl => &NL,
            Locale::PtBr => &PT_BR,
            Locale::Ja => &JA,
        }
    }
}

const EN: Places = Places {
    streets: [
        "Juniper Drive",
        "Alder Road",
        "Harbour Street",
        "Lantern Row",
        "Orchard Avenue",
        "Coppergate Road",
        "Quarry Street",
        "Saddler Court",
    ],
    towns: [
        "Millbrook",
        "Ashcombe",
        "Stonewick",
        "Fernleigh",
        "Northmere",
        "Oldbridge",
        "Westhollow",
        "Larkstead",
    ],
};

const DE: Places = Places {
    streets: [
        "Ahornstraße",
        "Lindenallee",
        "Mühlgasse",
        "Schlossstraße",
        "Gänseweg",
        "Brückenstraße",
        "Rößlestraße",
        "Kirchgasse",
    ],
    towns: [
        "Neufelden",
        "Grünwalde",
        "Altmühlen",
        "Schönbrück",
        "Großlinden",
        "Königsforst",
        "Moorheim",
        "Seeburgen",
    ],
};

const FR: Places = Places {
    streets: [
        "rue des Érables",
        "rue du Ruisseau",
        "allée des Tilleuls",
        "chemin du Lavoir",
        "rue des Glycines",
        "quai du Pont",
        "place du Marché",
        "rue des Alouettes",
    ],
    towns: [
        "Montclairval",
        "Rosières",
        "Hautpré",
        "Grandlac",
        "Pierrefleur",
        "Boisségur",
        "Valdoré",
        "Clairefond",
    ],
};

const IT: Places = Places {
    streets: [
        "Via dei Tigli",
        "Via del Mulino",
        "Viale delle Palme",
        "Piazza del Mercato",
        "Via degli Ulivi",
        "Corso della Libertà",
        "Via dei Girasoli",
        "Via del Pozzo",
    ],
    towns: [
        "Montechiaro",
        "Valserena",
        "Roccaverde",
        "Pontelago",
        "Civitafiore",
        "Borgolieto",
        "Fontebella",
        "Castelpoggio",
    ],
};

const NL: Places = Places {
    streets: [
        "Beukenlaan",
        "Molenstraat",
        "Kerkweg",
        "Dijkpad",
        "Tulpstraat",
        "Havenstraat",
        "Wilgenlaan",
        "Marktsteeg",
    ],
    towns: [
        "Nieuwdrecht",
        "Oudakker",
        "Hogeveld",
        "Waterloon",
        "Groenhorst",
        "Lageweide",
        "Zandwijkerk",
        "Meerdonk",
    ],
};

const PT_BR: Places = Places {
    streets: [
        "Rua das Acácias",
        "Rua dos Ipês",
        "Avenida das Palmeiras",
        "Travessa do Sabiá",
        "Rua dos Jasmins",
        "Avenida do Sertão",
        "Rua da Estação",
        "Largo do Pelourinho",
    ],
    towns: [
        "Camposereno",
        "Valeazul",
        "Portoclaro",
        "Jaguarimirim",
        "Ribeirinha",
        "Maracatuba",
        "Águaslindas",
        "Itapoã",
    ],
};

const JA: Places = Places {
    streets: [
        "若葉通り",
        "桜坂通り",
        "港町通り",
        "銀杏通り",
        "川端通り",
        "緑風通り",
        "朝日通り",
        "竹林通り",
    ],
    towns: [
        "緑野市",
        "青海市",
        "白浜野市",
        "星見市",
        "風待市",
        "水明市",
        "花岡野市",
        "月影市",
    ],
};
