from django.db import migrations
from django.utils import timezone

GROUPS = [
    ("animals", {"en": "Harm to animals", "es": "Daño a animales", "pt": "Danos a animais"}),
    ("people", {"en": "Harm to people", "es": "Daño a personas", "pt": "Danos a pessoas"}),
    ("home", {"en": "Home and belongings", "es": "Hogar y pertenencias", "pt": "Casa e pertences"}),
    ("trust", {"en": "Trust and money", "es": "Confianza y dinero", "pt": "Confiança e dinheiro"}),
    ("service", {"en": "The service", "es": "El servicio", "pt": "O serviço"}),
]

# group, slug, starting level, suggested severity, names, hints
CATEGORIES = [
    ("animals", "bite", 2, 2,
     {"en": "Bite", "es": "Mordedura", "pt": "Mordida"},
     {"en": "An animal bit a person or another animal.", "es": "Un animal mordió a una persona o a otro animal.",
      "pt": "Um animal mordeu uma pessoa ou outro animal."}),
    ("animals", "injury-to-pet", 2, 2,
     {"en": "Injury to a pet", "es": "Lesión de una mascota", "pt": "Lesão de um animal"},
     {"en": "A pet was hurt in care.", "es": "Una mascota se lesionó bajo cuidado.",
      "pt": "Um animal se feriu sob cuidados."}),
    ("animals", "illness-of-pet", 2, 2,
     {"en": "Illness of a pet", "es": "Enfermedad de una mascota", "pt": "Doença de um animal"},
     {"en": "A pet fell ill in care.", "es": "Una mascota enfermó bajo cuidado.",
      "pt": "Um animal adoeceu sob cuidados."}),
    ("animals", "death-of-pet", 2, 2,
     {"en": "Death of a pet", "es": "Muerte de una mascota", "pt": "Morte de um animal"},
     {"en": "A pet died in care or soon after.", "es": "Una mascota murió bajo cuidado o poco después.",
      "pt": "Um animal morreu sob cuidados ou pouco depois."}),
    ("animals", "lost-pet", 1, 1,
     {"en": "Lost pet", "es": "Mascota perdida", "pt": "Animal perdido"},
     {"en": "A pet is missing now.", "es": "Una mascota está desaparecida.", "pt": "Um animal está desaparecido."}),
    ("animals", "neglect", 2, 2,
     {"en": "Neglect", "es": "Negligencia", "pt": "Negligência"},
     {"en": "No food, water, walks or supervision.", "es": "Sin comida, agua, paseos o supervisión.",
      "pt": "Sem comida, água, passeios ou supervisão."}),
    ("people", "injury-to-person", 2, 4,
     {"en": "Injury to a person", "es": "Lesión de una persona", "pt": "Lesão de uma pessoa"},
     {"en": "Somebody was hurt, not by an animal's bite.", "es": "Alguien se lesionó, no por una mordedura.",
      "pt": "Alguém se feriu, não por mordida."}),
    ("people", "assault", 3, 1,
     {"en": "Assault", "es": "Agresión", "pt": "Agressão"},
     {"en": "Violence or unwanted touching.", "es": "Violencia o contacto no deseado.",
      "pt": "Violência ou contato indesejado."}),
    ("people", "threat", 2, 2,
     {"en": "Threat", "es": "Amenaza", "pt": "Ameaça"},
     {"en": "Somebody threatened harm.", "es": "Alguien amenazó con hacer daño.", "pt": "Alguém ameaçou causar dano."}),
    ("people", "harassment", 2, 3,
     {"en": "Harassment", "es": "Acoso", "pt": "Assédio"},
     {"en": "Unwanted messages, remarks or following.", "es": "Mensajes, comentarios o seguimiento no deseados.",
      "pt": "Mensagens, comentários ou perseguição indesejados."}),
    ("people", "discrimination", 2, 3,
     {"en": "Discrimination", "es": "Discriminación", "pt": "Discriminação"},
     {"en": "Treated worse for who they are.", "es": "Peor trato por ser quien es.", "pt": "Tratamento pior por ser quem é."}),
    ("people", "minor-safety", 3, 1,
     {"en": "Safety of a minor", "es": "Seguridad de un menor", "pt": "Segurança de um menor"},
     {"en": "A child was harmed or is at risk.", "es": "Un menor sufrió daño o está en riesgo.",
      "pt": "Uma criança sofreu dano ou está em risco."}),
    ("home", "unsafe-home", 2, 2,
     {"en": "Unsafe home", "es": "Hogar inseguro", "pt": "Casa insegura"},
     {"en": "The place is dangerous for people or animals.", "es": "El lugar es peligroso para personas o animales.",
      "pt": "O local é perigoso para pessoas ou animais."}),
    ("home", "property-damage", 1, 3,
     {"en": "Property damage", "es": "Daños materiales", "pt": "Danos materiais"},
     {"en": "Something was broken, stained or flooded.", "es": "Algo se rompió, manchó o inundó.",
      "pt": "Algo foi quebrado, manchado ou inundado."}),
    ("home", "theft", 1, 3,
     {"en": "Theft", "es": "Robo", "pt": "Furto"},
     {"en": "Something was taken.", "es": "Se llevaron algo.", "pt": "Algo foi levado."}),
    ("trust", "off-platform-payment", 1, 4,
     {"en": "Payment off the platform", "es": "Pago fuera de la plataforma", "pt": "Pagamento fora da plataforma"},
     {"en": "Asked to pay or be paid elsewhere.", "es": "Pidieron pagar o cobrar por otra vía.",
      "pt": "Pediram para pagar ou receber por fora."}),
    ("trust", "fraud", 1, 3,
     {"en": "Fraud", "es": "Fraude", "pt": "Fraude"},
     {"en": "A deceit for money.", "es": "Un engaño por dinero.", "pt": "Um engano por dinheiro."}),
    ("trust", "impersonation", 1, 3,
     {"en": "Impersonation", "es": "Suplantación de identidad", "pt": "Falsidade ideológica"},
     {"en": "Another person came, or a false profile.", "es": "Vino otra persona, o un perfil falso.",
      "pt": "Veio outra pessoa, ou um perfil falso."}),
    ("trust", "fake-review", 1, 4,
     {"en": "Fake review", "es": "Reseña falsa", "pt": "Avaliação falsa"},
     {"en": "A review that nobody's service earned.", "es": "Una reseña sin servicio real.",
      "pt": "Uma avaliação sem serviço real."}),
    ("trust", "privacy", 2, 3,
     {"en": "Privacy", "es": "Privacidad", "pt": "Privacidade"},
     {"en": "Cameras, pictures or data without consent.", "es": "Cámaras, fotos o datos sin consentimiento.",
      "pt": "Câmeras, fotos ou dados sem consentimento."}),
    ("service", "no-show", 1, 4,
     {"en": "No-show", "es": "No se presentó", "pt": "Não compareceu"},
     {"en": "Somebody did not come.", "es": "Alguien no se presentó.", "pt": "Alguém não compareceu."}),
    ("service", "dispute-over-work", 1, 4,
     {"en": "Dispute over work", "es": "Desacuerdo por el trabajo", "pt": "Desacordo sobre o serviço"},
     {"en": "Quality, scope or price of the work.", "es": "Calidad, alcance o precio del trabajo.",
      "pt": "Qualidade, escopo ou preço do serviço."}),
    ("service", "other", 1, 4,
     {"en": "Something else", "es": "Otra cosa", "pt": "Outra coisa"},
     {"en": "Nothing above fits.", "es": "Nada de lo anterior encaja.", "pt": "Nada acima se aplica."}),
]  # fmt: skip

RULES = {
    "injury-to-person": [
        {"fact": "emergency_care", "equals": ["person", "both"], "severity": 1,
         "says": {"en": "A person needed emergency care.", "es": "Una persona necesitó atención de urgencia.",
                  "pt": "Uma pessoa precisou de atendimento de emergência."}},
        {"fact": "people_hurt", "equals": ["serious", "death"], "severity": 1,
         "says": {"en": "A person was hurt seriously.", "es": "Una persona resultó gravemente herida.",
                  "pt": "Uma pessoa se feriu gravemente."}},
    ],
    "threat": [
        {"fact": "immediate_danger", "equals": [True], "severity": 1,
         "says": {"en": "Somebody is in danger now.", "es": "Alguien está en peligro ahora.",
                  "pt": "Alguém está em perigo agora."}},
    ],
}  # fmt: skip


def ship(apps, schema_editor):
    """The category tree. A group holds categories and files nothing itself."""
    Category = apps.get_model("cases", "Category")
    if Category.objects.exists():
        return
    groups = {
        slug: Category.objects.create(slug=slug, position=position)
        for position, (slug, _names) in enumerate(GROUPS, start=1)
    }
    wordings = [(groups[slug], {"names": names, "level": 1, "severity": 4}) for slug, names in GROUPS]
    for position, (group, slug, level, severity, names, hints) in enumerate(CATEGORIES, start=1):
        category = Category.objects.create(slug=slug, parent=groups[group], position=position)
        wording = {"names": names, "hints": hints, "level": level, "severity": severity}
        wordings.append((category, wording | {"severity_rules": RULES.get(slug, [])}))
    CategoryVersion = apps.get_model("cases", "CategoryVersion")
    CategoryVersion.objects.bulk_create(
        CategoryVersion(category=category, number=1, created_at=timezone.now(), **wording)
        for category, wording in wordings
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_reference_sequence")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
