"""Who works at the desk of the demo, and the people, places and animals that its cases are about. Nobody is real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from foundation.accounts.permissions import Role
from people.reported import ReportedPerson, ReportedPet

PASSWORD = "tsdesk-demo"  # noqa: S105 - known to everybody; the demo answers on loopback alone


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff. key: the part of her address before the @ sign."""

    key: str
    name: str
    role: Role
    team: str = ""
    language: str = "en"
    time_zone: str = "America/Denver"

    @property
    def email(self) -> str:
        return f"{self.key}@example.com"


STAFF = (
    Colleague("admin", "Noor Rahman", Role.ADMIN),
    Colleague("agent", "Maya Osei", Role.AGENT, "us"),
    Colleague("senior", "Priya Nair", Role.SENIOR, "us"),
    Colleague("claims", "Dana Whitlock", Role.CLAIMS, "us"),
    Colleague("lead", "Ana Duarte", Role.LEAD, "us"),
    Colleague("manager", "Ruth Adler", Role.MANAGER),
    Colleague("finance", "Omar Haddad", Role.FINANCE),
    Colleague("quality", "Ingrid Solberg", Role.QUALITY),
    Colleague("legal", "Samuel Adeyemi", Role.LEGAL),
    Colleague("tom.becker", "Tom Becker", Role.AGENT, "us"),
    Colleague("jonas.lindqvist", "Jonas Lindqvist", Role.AGENT, "us", time_zone="America/Chicago"),
    Colleague("renata.ibanez", "Renata Ibáñez", Role.AGENT, "us", "es", "America/New_York"),
    Colleague("caio.ferreira", "Caio Ferreira", Role.AGENT, "us", "en", "America/New_York"),
    Colleague("sunhee.kang", "Sun-hee Kang", Role.SENIOR, "us", time_zone="America/Los_Angeles"),
    Colleague("beatriz.carvalho", "Beatriz Carvalho", Role.LEAD, "br", "pt", "America/Sao_Paulo"),
    Colleague("marcos.teixeira", "Marcos Teixeira", Role.SENIOR, "br", "pt", "America/Sao_Paulo"),
    Colleague("thiago.nogueira", "Thiago Nogueira", Role.AGENT, "br", "pt", "America/Sao_Paulo"),
    Colleague("luana.prado", "Luana Prado", Role.AGENT, "br", "pt", "America/Sao_Paulo"),
)
SIGN_INS = ("agent", "senior", "lead", "manager", "claims", "finance", "quality", "legal", "admin")
"""Those shown on the sign-in page, in this order (contract.md, Sign-in of the demo)."""


@dataclass(frozen=True, slots=True)
class Crew:
    """A team, who leads it, and who takes its cases: of a language where somebody speaks it, else anybody."""

    slug: str
    name: str
    country: str
    time_zone: str
    lead: str
    senior: str
    agents: Sequence[str]
    seniors: Sequence[str]
    speakers: Mapping[str, Sequence[str]]

    def agents_for(self, language: str) -> Sequence[str]:
        return self.speakers.get(language, self.agents)


CREWS = {
    "US": Crew(
        "us", "United States", "US", "America/Denver", "lead", "senior",
        ("agent", "tom.becker", "jonas.lindqvist", "senior", "sunhee.kang", "claims", "caio.ferreira"),
        ("senior", "sunhee.kang"),
        {"es": ("renata.ibanez", "renata.ibanez", "renata.ibanez", "agent"), "pt": ("caio.ferreira",)},
    ),
    "BR": Crew(
        "br", "Brasil", "BR", "America/Sao_Paulo", "beatriz.carvalho", "marcos.teixeira",
        ("thiago.nogueira", "luana.prado", "thiago.nogueira", "luana.prado", "marcos.teixeira"),
        ("marcos.teixeira",), {},
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A town, its zone and its telephone code."""

    town: str
    region: str
    time_zone: str
    code: str


PLACES: Mapping[str, Sequence[Place]] = {
    "en": (
        Place("Aurora", "Colorado", "America/Denver", "303"),
        Place("Boulder", "Colorado", "America/Denver", "720"),
        Place("Portland", "Oregon", "America/Los_Angeles", "503"),
        Place("Tacoma", "Washington", "America/Los_Angeles", "253"),
        Place("Sacramento", "California", "America/Los_Angeles", "916"),
        Place("Austin", "Texas", "America/Chicago", "512"),
        Place("Madison", "Wisconsin", "America/Chicago", "608"),
        Place("Columbus", "Ohio", "America/New_York", "614"),
        Place("Rochester", "New York", "America/New_York", "585"),
        Place("Savannah", "Georgia", "America/New_York", "912"),
    ),
    "es": (
        Place("Hialeah", "Florida", "America/New_York", "305"),
        Place("El Paso", "Texas", "America/Denver", "915"),
        Place("San Antonio", "Texas", "America/Chicago", "210"),
        Place("Phoenix", "Arizona", "America/Phoenix", "602"),
        Place("Santa Ana", "California", "America/Los_Angeles", "714"),
    ),
    "pt": (
        Place("São Paulo", "SP", "America/Sao_Paulo", "11"),
        Place("Campinas", "SP", "America/Sao_Paulo", "19"),
        Place("Belo Horizonte", "MG", "America/Sao_Paulo", "31"),
        Place("Curitiba", "PR", "America/Sao_Paulo", "41"),
        Place("Recife", "PE", "America/Recife", "81"),
    ),
}
BRAZILIANS_ABROAD = (
    Place("Framingham", "Massachusetts", "America/New_York", "508"),
    Place("Newark", "New Jersey", "America/New_York", "973"),
)

STREETS: Mapping[str, Sequence[str]] = {
    "en": "Larkspur Street|Alder Avenue|Mill Road|Garfield Street|Cedar Lane|Union Avenue|Harbor Way|Linden Court".split(
        "|"
    ),
    "es": "Flagler Street|Mesa Street|Bristol Street|Culebra Road|Thomas Road|Palm Avenue".split("|"),
    "pt": "Rua das Acácias|Rua Augusta|Avenida Paraná|Rua Sete de Abril|Rua dos Ipês|Rua da Aurora".split("|"),
}

FIRST: Mapping[str, Mapping[str, Sequence[str]]] = {
    "en": {
        "f": "Hannah Claire Denise Olivia Ruthie Naomi Tessa Imani Joanna Kathleen Mei Farah Bridget Alice Paula Wendy"
             " Rosalind Shanice Yuki Greta Nadia Corinne Leila Judith".split(),
        "m": "Curtis Marcus Eli Douglas Peter Andre Kenji Samir Walter Owen Terrence Hugh Isaac Desmond Rafi Colin Bernard"
             " Theo Malik Gordon Stefan Vikram".split(),
    },
    "es": {
        "f": "Lucía Carmen Marisol Graciela Yolanda Ximena Patricia Rocío Alma Teresa Beatriz Noemí".split(),
        "m": "Ernesto Julián Héctor Ramiro Óscar Gustavo Iván Raúl Efraín Tomás".split(),
    },
    "pt": {
        "f": "Juliana Camila Fernanda Patrícia Larissa Simone Vanessa Aline Débora Renata Tatiana Mariana Cláudia".split(),
        "m": "Rodrigo Felipe Gustavo Leandro André Rafael Bruno Danilo Eduardo Sérgio Otávio".split(),
    },
}  # fmt: skip
LAST: Mapping[str, Sequence[str]] = {
    "en": "Whitcombe Hale Alvarez Brandt Pemberton Doyle Lund Price Okonkwo Castellano Ashby Roe Tran Haddon Fischer Keane"
          " Marsh Rossi Bell Ortiz Nowak Grange Kessler Abara Stone Patel Underwood Mercer Holloway Quist Yamada Barlow"
          " Dubois Ferris Langley Moss".split(),
    "es": "Ibarra Soler Medina Cárdenas Villalobos Rentería Paredes Zamora Quiroga Salcedo Benítez Montoya Arriaga".split(),
    "pt": "Moreira Antunes Siqueira Barbosa Pacheco Vasconcelos Duarte Queiroz Magalhães Freitas Tavares Cardoso Meireles"
          " Brandão".split(),
}  # fmt: skip

PETS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "dog": {
        "f": "Juniper Biscuit Maple Olive Pepper Hazel Poppy Clover Dot Willow".split(),
        "m": "Otis Moose Rufus Banjo Ziggy Walnut Hank Pickle Angus Barley".split(),
    },
    "cat": {
        "f": "Mittens Saffron Pixel Luna Cleo Frida Mimi Nina".split(),
        "m": "Felix Pumpkin Toast Salem Mochi Oscar".split(),
    },
    "dog es": {"m": "Canelo Rocky Bruno Coco Chispas Duque Milo Tito".split()},
    "dog pt": {"m": "Thor Bidu Pingo Tobias Paçoca Chico Bolinha Fred".split()},
    "cat es": {"f": "Luna Misha Perla Canela Nube".split()},
    "cat pt": {"f": "Mel Frida Amora Jade Pipoca".split()},
}
BREEDS: Mapping[str, Sequence[str]] = {
    "dog en": "whippet|beagle|golden retriever|border collie|dachshund|mixed breed|labrador|corgi|pit bull mix|poodle".split(
        "|"
    ),
    "cat en": "domestic shorthair|Maine Coon|Siamese|tabby|ragdoll".split("|"),
    "dog es": "mestizo|chihuahua|bóxer|labrador|cocker|pastor alemán".split("|"),
    "cat es": "común europea|siamesa|atigrada".split("|"),
    "dog pt": "vira-lata|golden retriever|shih tzu|dachshund|border collie|pug".split("|"),
    "cat pt": "sem raça definida|siamesa|persa".split("|"),
}

CARERS = ("sitter", "walker")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody the cases are about: as reported, and whether she or he."""

    told: ReportedPerson
    gender: str
    place: Place

    @property
    def first(self) -> str:
        return self.told.name.split()[0]


class Town:
    """Everybody outside the desk, made up once: some turn up in several cases, as people do."""

    def __init__(self, draw: Random, *, owners: int, providers: int) -> None:
        self._draw = draw
        self._names: set[str] = set()
        self._phones: dict[str, int] = {}
        self.owners = {language: self._people(language, owners * share // 100) for language, share in _SHARES}
        self.providers = {language: self._people(language, providers * share // 100) for language, share in _SHARES}

    def somebody(self, role: str, language: str, gender: str, *, near: Known | None = None) -> Known:
        """Somebody of this role who speaks the language; near: another person of her town, or at least her country.

        Providers come back often, owners seldom.
        """
        pool = self.owners[language]
        if role in CARERS or role == "pro":
            # Whoever looks after animals lays no tiles.
            pool = self.providers[language][role == "pro" :: 2]
        fitting = [known for known in pool if (not gender or known.gender == gender) and known is not near]
        if near is None:
            return self._draw.choice(fitting)
        # Two of one name would look like a family.
        fitting = [known for known in fitting if known.told.name.split()[-1] != near.told.name.split()[-1]]
        around = [known for known in fitting if known.place == near.place]
        country = [known for known in fitting if known.told.country == near.told.country]
        return self._draw.choice(around or country or fitting)

    def _people(self, language: str, number: int) -> list[Known]:
        return [self._person(language) for _ in range(number)]

    def _person(self, language: str) -> Known:
        gender = self._draw.choice("fm")
        name = ""
        while not name or name in self._names:
            name = f"{self._draw.choice(FIRST[language][gender])} {self._draw.choice(LAST[language])}"
        self._names.add(name)
        abroad = language == "pt" and self._draw.random() < 0.1
        place = self._draw.choice(BRAZILIANS_ABROAD if abroad else PLACES[language])
        country = "BR" if language == "pt" and not abroad else "US"
        address = _plain(name.lower().replace(" ", "."))
        told = ReportedPerson(
            name=name,
            email=f"{address}@example.{self._draw.choice(['org', 'net'])}",
            phone=self._phone(place, country),
            external_id=f"U-{len(self._names) * 37 + 40_112}",
            language=language,
            country=country,
        )
        return Known(told, gender, place)

    def _phone(self, place: Place, country: str) -> str:
        number = self._phones[place.code] = self._phones.get(place.code, 0) + 1
        # Numbers set aside for stories in the United States; in Brazil ones that are not given out.
        return f"+1 {place.code} 555 {100 + number:04d}" if country == "US" else f"+55 {place.code} 90000-{number:04d}"


_SHARES = (("en", 55), ("es", 22), ("pt", 23))
_ACCENTS = str.maketrans("áàâãäéêíóôõöúüçñÁÉÍÓÚ", "aaaaaeeioooouucnAEIOU")


def _plain(text: str) -> str:
    return text.translate(_ACCENTS)


def pet_of(draw: Random, species: str, language: str) -> tuple[ReportedPet, str]:
    """An animal, and whether it is a she or a he; in Spanish and Portuguese as the tales need it."""
    names = PETS[species] if language == "en" else PETS[f"{species} {language}"]
    gender = draw.choice(sorted(names))
    age = draw.randint(10, 168)
    pet = ReportedPet(
        name=draw.choice(names[gender]),
        species=species,
        breed=draw.choice(BREEDS[f"{species} {language}"]),
        sex=gender.upper(),
        neutered=draw.random() < 0.8,
        age_months=age,
    )
    return pet, gender
