from django.db import migrations

# slug, names, categories, steps: (is it a gate, texts)
PLAYBOOKS = [
    ("assault-or-minor",
     {"en": "Assault or a minor at risk", "es": "Agresión o menor en riesgo", "pt": "Agressão ou menor em risco"},
     ["assault", "minor-safety"],
     [(True, "Everybody is safe now, or the emergency services were told",
       "Todos están a salvo, o se avisó a los servicios de emergencia",
       "Todos estão seguros, ou os serviços de emergência foram avisados"),
      (True, "The respondent can take no new bookings until this is decided",
       "La otra parte no puede aceptar reservas hasta que se decida",
       "A outra parte não pode aceitar reservas até a decisão"),
      (False, "Speak with the reporter alone, in her own language",
       "Hablar con quien reporta a solas y en su idioma", "Falar com quem relata a sós e no seu idioma"),
      (False, "Keep messages, pictures and call recordings as evidence",
       "Guardar mensajes, fotos y grabaciones como pruebas", "Guardar mensagens, fotos e gravações como provas"),
      (False, "Ask whether the police know, and note their reference",
       "Preguntar si la policía lo sabe y anotar su referencia",
       "Perguntar se a polícia sabe e anotar a referência")]),
    ("harm-to-a-person",
     {"en": "A person was hurt", "es": "Una persona resultó herida", "pt": "Uma pessoa se feriu"},
     ["injury-to-person"],
     [(True, "Whoever was hurt has the care they need", "Quien resultó herido tiene la atención que necesita",
       "Quem se feriu tem o atendimento de que precisa"),
      (False, "Ask who treated them and for the report", "Preguntar quién los atendió y pedir el informe",
       "Perguntar quem atendeu e pedir o relatório"),
      (False, "Hear the other side", "Escuchar a la otra parte", "Ouvir a outra parte"),
      (False, "Pictures of the place and of the injury", "Fotos del lugar y de la lesión",
       "Fotos do local e da lesão")]),
    ("harm-to-an-animal",
     {"en": "Harm to an animal", "es": "Daño a un animal", "pt": "Dano a um animal"},
     ["bite", "injury-to-pet", "illness-of-pet", "death-of-pet", "neglect"],
     [(False, "The animal is safe, or with a vet", "El animal está a salvo, o con un veterinario",
       "O animal está seguro, ou com um veterinário"),
      (False, "After a bite: vaccination and, where the law asks, animal control",
       "Tras una mordedura: vacunas y, si la ley lo pide, control animal",
       "Após mordida: vacinas e, onde a lei exige, controle de animais"),
      (False, "Name of the vet, diagnosis and invoice", "Nombre del veterinario, diagnóstico y factura",
       "Nome do veterinário, diagnóstico e fatura"),
      (False, "Hear both sides", "Escuchar a ambas partes", "Ouvir as duas partes"),
      (False, "Pictures of the injury and of the place", "Fotos de la lesión y del lugar",
       "Fotos da lesão e do local")]),
    ("lost-pet",
     {"en": "Lost pet", "es": "Mascota perdida", "pt": "Animal perdido"},
     ["lost-pet"],
     [(False, "Where and when it was last seen, collar and chip number",
       "Dónde y cuándo se vio por última vez, collar y número de chip",
       "Onde e quando foi visto pela última vez, coleira e número do chip"),
      (False, "A picture of the animal, sent to the neighbours and shelters nearby",
       "Una foto del animal, enviada a vecinos y refugios cercanos",
       "Uma foto do animal, enviada a vizinhos e abrigos próximos"),
      (False, "Tell the chip registry and animal control", "Avisar al registro de chips y a control animal",
       "Avisar o registro de chips e o controle de animais"),
      (False, "Call the owner every two hours until it is found", "Llamar al dueño cada dos horas hasta encontrarlo",
       "Ligar ao dono a cada duas horas até encontrá-lo")]),
    ("conduct",
     {"en": "Threats and conduct", "es": "Amenazas y conducta", "pt": "Ameaças e conduta"},
     ["threat", "harassment", "discrimination", "privacy"],
     [(False, "Ask whether she feels safe now", "Preguntar si se siente a salvo ahora", "Perguntar se se sente segura agora"),
      (False, "Keep the messages word for word", "Guardar los mensajes palabra por palabra",
       "Guardar as mensagens palavra por palavra"),
      (False, "Look for earlier reports about the same person", "Buscar reportes anteriores sobre la misma persona",
       "Procurar relatos anteriores sobre a mesma pessoa"),
      (False, "Hear the other side", "Escuchar a la otra parte", "Ouvir a outra parte")]),
    ("home-and-belongings",
     {"en": "Home and belongings", "es": "Hogar y pertenencias", "pt": "Casa e pertences"},
     ["unsafe-home", "property-damage", "theft"],
     [(False, "What is missing or broken, since when, and its value", "Qué falta o se rompió, desde cuándo y su valor",
       "O que falta ou quebrou, desde quando e o valor"),
      (False, "Pictures, and receipts where there are any", "Fotos, y recibos si los hay", "Fotos, e recibos se houver"),
      (False, "Who was in the home, with the times of the booking", "Quién estuvo en el hogar, con las horas de la reserva",
       "Quem esteve na casa, com os horários da reserva"),
      (False, "Hear the other side", "Escuchar a la otra parte", "Ouvir a outra parte"),
      (False, "Of a theft: the police report, if she made one", "En un robo: la denuncia, si la hizo",
       "Em furto: o boletim de ocorrência, se fez")]),
    ("trust-and-money",
     {"en": "Trust and money", "es": "Confianza y dinero", "pt": "Confiança e dinheiro"},
     ["off-platform-payment", "fraud", "impersonation", "fake-review"],
     [(False, "Pictures of the messages, payment or profile", "Capturas de los mensajes, el pago o el perfil",
       "Capturas das mensagens, do pagamento ou do perfil"),
      (False, "Has money moved? When, how and how much", "¿Hubo dinero? Cuándo, cómo y cuánto",
       "Houve dinheiro? Quando, como e quanto"),
      (False, "Other accounts with the same phone, card or address", "Otras cuentas con el mismo teléfono, tarjeta o dirección",
       "Outras contas com o mesmo telefone, cartão ou endereço")]),
    ("service",
     {"en": "The service", "es": "El servicio", "pt": "O serviço"},
     ["no-show", "dispute-over-work", "other"],
     [(False, "What was agreed in the booking", "Qué se acordó en la reserva", "O que foi combinado na reserva"),
      (False, "Hear both sides", "Escuchar a ambas partes", "Ouvir as duas partes"),
      (False, "Say what happens next and by when", "Decir qué sigue y para cuándo", "Dizer o que vem depois e até quando")]),
]  # fmt: skip


def ship(apps, schema_editor):
    """A checklist for each group of categories. Only what has to be so before a case may rest is a gate."""
    playbooks, items = (apps.get_model("cases", name).objects for name in ("Playbook", "PlaybookItem"))
    if playbooks.exists():
        return
    for position, (slug, names, categories, steps) in enumerate(PLAYBOOKS, start=1):
        playbook = playbooks.create(slug=slug, names=names, categories=categories, position=position)
        items.bulk_create(
            items.model(
                playbook=playbook,
                position=number,
                is_gate=is_gate,
                texts={"en": english, "es": spanish, "pt": portuguese},
            )
            for number, (is_gate, english, spanish, portuguese) in enumerate(steps, start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_shipped_categories")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
